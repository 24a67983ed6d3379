//! The formula language: `if distance > 2 [km] then distance * (ef_car - ef_bike) else 0 [gCO2e]`.
//!
//! Numbers carry their unit in brackets, names are inputs, factors or steps, texts are choices of an input.
//! Operators: `+ - * /`, `< <= > >= == !=`, `and or not`, `if … then … else …`, `min max first known applies`.

use crate::measure::Decimal;

use super::unit::Unit;

/// A formula may not be longer than this, in bytes.
const LONGEST: usize = 2_000;
/// Nor nested deeper than this: the reader is recursive.
const DEEPEST: usize = 60;

/// A piece of a formula and the column (from 1) at which it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) column: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Number(Decimal, Unit),
    Name(String),
    Text(String),
    Negate(Box<Node>),
    Not(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Equal,
    Unequal,
    And,
    Or,
}

impl Operator {
    /// As it is written.
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Less => "<",
            Operator::AtMost => "<=",
            Operator::Greater => ">",
            Operator::AtLeast => ">=",
            Operator::Equal => "==",
            Operator::Unequal => "!=",
            Operator::And => "and",
            Operator::Or => "or",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    /// The smaller of two.
    Min,
    /// The larger of two.
    Max,
    /// The first that is known and applies.
    First,
    /// Whether a value is known.
    Known,
    /// Whether a value applies here.
    Applies,
}

/// What is wrong with a formula, and at which column (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FormulaError {
    pub(super) column: usize,
    pub(super) what: String,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(String),
    Unit(String),
    Word(String),
    Text(String),
    Sign(&'static str),
    End,
}

const SIGNS: [&str; 14] = ["<=", ">=", "==", "!=", "+", "-", "*", "/", "<", ">", "(", ")", ",", "="];

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, FormulaError> {
    let mut out = Vec::new();
    let mut rest = text;
    let fail = |column, what: &str| {
        Err(FormulaError {
            column,
            what: what.to_owned(),
        })
    };
    loop {
        rest = rest.trim_start();
        let column = text[..text.len() - rest.len()].chars().count() + 1;
        let Some(first) = rest.chars().next() else {
            out.push((column, Token::End));
            return Ok(out);
        };
        let word_end = |accept: fn(char) -> bool| rest.find(|c| !accept(c)).unwrap_or(rest.len());
        let (token, length) = if first.is_ascii_digit() {
            let end = word_end(|c| c.is_ascii_digit() || c == '.');
            (Token::Number(rest[..end].to_owned()), end)
        } else if first.is_ascii_alphabetic() {
            let end = word_end(|c| c.is_ascii_alphanumeric() || c == '_');
            (Token::Word(rest[..end].to_owned()), end)
        } else if first == '[' || first == '"' {
            let close = if first == '[' { ']' } else { '"' };
            let Some(end) = rest[1..].find(close) else {
                return fail(column, &format!("{first} is never closed"));
            };
            let inside = rest[1..=end].to_owned();
            (
                if first == '[' {
                    Token::Unit(inside)
                } else {
                    Token::Text(inside)
                },
                end + 2,
            )
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            (Token::Sign(sign), sign.len())
        } else {
            return fail(column, &format!("\"{first}\" means nothing here"));
        };
        out.push((column, token));
        rest = &rest[length..];
    }
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
}

/// Reads a formula. The result is well formed; names, units and types are checked when it is compiled.
pub(super) fn read(text: &str) -> Result<Node, FormulaError> {
    if text.len() > LONGEST {
        return Err(FormulaError {
            column: 1,
            what: format!("the formula is longer than {LONGEST} bytes"),
        });
    }
    let mut reader = Reader {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
    };
    let node = reader.choice()?;
    match reader.peek() {
        Token::End => Ok(node),
        other => Err(reader.error(format!("{} is not expected here", shown(other)))),
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Number(text) | Token::Word(text) => format!("\"{text}\""),
        Token::Unit(text) => format!("[{text}]"),
        Token::Text(text) => format!("the text \"{text}\""),
        Token::Sign(sign) => format!("\"{sign}\""),
        Token::End => "the end".to_owned(),
    }
}

impl Reader {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(_, token)| token)
    }

    fn column(&self) -> usize {
        self.tokens
            .get(self.at)
            .or(self.tokens.last())
            .map_or(1, |(column, _)| *column)
    }

    fn error(&self, what: String) -> FormulaError {
        FormulaError {
            column: self.column(),
            what,
        }
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(s) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Word(w) if w == word);
        self.at += usize::from(found);
        found
    }

    fn expect_sign(&mut self, sign: &str) -> Result<(), FormulaError> {
        if self.take_sign(sign) {
            Ok(())
        } else {
            Err(self.error(format!("expected \"{sign}\", found {}", shown(self.peek()))))
        }
    }

    fn expect_word(&mut self, word: &str) -> Result<(), FormulaError> {
        if self.take_word(word) {
            Ok(())
        } else {
            Err(self.error(format!("expected \"{word}\", found {}", shown(self.peek()))))
        }
    }

    fn choice(&mut self) -> Result<Node, FormulaError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error(format!("nested deeper than {DEEPEST}")));
        }
        let column = self.column();
        let node = if self.take_word("if") {
            let condition = Box::new(self.choice()?);
            self.expect_word("then")?;
            let then = Box::new(self.choice()?);
            self.expect_word("else")?;
            let otherwise = Box::new(self.choice()?);
            Node {
                column,
                kind: Kind::If(condition, then, otherwise),
            }
        } else {
            self.either()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn either(&mut self) -> Result<Node, FormulaError> {
        let mut left = self.both()?;
        while matches!(self.peek(), Token::Word(w) if w == "or") {
            left = self.binary(left, Operator::Or, Self::both)?;
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Node, FormulaError> {
        let mut left = self.negation()?;
        while matches!(self.peek(), Token::Word(w) if w == "and") {
            left = self.binary(left, Operator::And, Self::negation)?;
        }
        Ok(left)
    }

    fn binary(
        &mut self,
        left: Node,
        operator: Operator,
        right: fn(&mut Self) -> Result<Node, FormulaError>,
    ) -> Result<Node, FormulaError> {
        let column = self.column();
        self.at += 1;
        let right = right(self)?;
        Ok(Node {
            column,
            kind: Kind::Binary(operator, Box::new(left), Box::new(right)),
        })
    }

    fn negation(&mut self) -> Result<Node, FormulaError> {
        let column = self.column();
        if self.take_word("not") {
            let inner = self.comparison()?;
            return Ok(Node {
                column,
                kind: Kind::Not(Box::new(inner)),
            });
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Node, FormulaError> {
        let left = self.sum()?;
        let operator = match self.peek() {
            Token::Sign("<") => Operator::Less,
            Token::Sign("<=") => Operator::AtMost,
            Token::Sign(">") => Operator::Greater,
            Token::Sign(">=") => Operator::AtLeast,
            Token::Sign("==") => Operator::Equal,
            Token::Sign("!=") => Operator::Unequal,
            Token::Sign("=") => return Err(self.error("write == to compare".to_owned())),
            _ => return Ok(left),
        };
        self.binary(left, operator, Self::sum)
    }

    fn sum(&mut self) -> Result<Node, FormulaError> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                Token::Sign("+") => Operator::Add,
                Token::Sign("-") => Operator::Subtract,
                _ => return Ok(left),
            };
            left = self.binary(left, operator, Self::product)?;
        }
    }

    fn product(&mut self) -> Result<Node, FormulaError> {
        let mut left = self.sign()?;
        loop {
            let operator = match self.peek() {
                Token::Sign("*") => Operator::Multiply,
                Token::Sign("/") => Operator::Divide,
                _ => return Ok(left),
            };
            left = self.binary(left, operator, Self::sign)?;
        }
    }

    fn sign(&mut self) -> Result<Node, FormulaError> {
        let column = self.column();
        if self.take_sign("-") {
            let inner = self.atom()?;
            return Ok(Node {
                column,
                kind: Kind::Negate(Box::new(inner)),
            });
        }
        self.atom()
    }

    fn atom(&mut self) -> Result<Node, FormulaError> {
        let column = self.column();
        let token = self.peek().clone();
        let kind = match token {
            Token::Number(text) => {
                let number = Decimal::parse(&text).map_err(|e| self.error(e.to_string()))?;
                self.at += 1;
                let unit = match self.peek().clone() {
                    Token::Unit(name) => {
                        let unit = Unit::parse(&name).map_err(|e| self.error(e.to_string()))?;
                        self.at += 1;
                        unit
                    }
                    _ => Unit::one(),
                };
                Kind::Number(number, unit)
            }
            Token::Text(text) => {
                self.at += 1;
                Kind::Text(text)
            }
            Token::Word(word) if !KEYWORDS.contains(&word.as_str()) => {
                self.at += 1;
                if self.take_sign("(") {
                    self.call(&word, column)?
                } else {
                    Kind::Name(word)
                }
            }
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.choice()?;
                self.expect_sign(")")?;
                return Ok(inner);
            }
            other => return Err(self.error(format!("expected a number, a name or \"(\", found {}", shown(&other)))),
        };
        Ok(Node { column, kind })
    }

    fn call(&mut self, word: &str, column: usize) -> Result<Kind, FormulaError> {
        let (function, takes) = match word {
            "min" => (Function::Min, 2..=8),
            "max" => (Function::Max, 2..=8),
            "first" => (Function::First, 2..=8),
            "known" => (Function::Known, 1..=1),
            "applies" => (Function::Applies, 1..=1),
            _ => {
                return Err(FormulaError {
                    column,
                    what: format!("there is no function \"{word}\""),
                });
            }
        };
        let mut arguments = vec![self.choice()?];
        while self.take_sign(",") {
            arguments.push(self.choice()?);
        }
        self.expect_sign(")")?;
        if takes.contains(&arguments.len()) {
            Ok(Kind::Call(function, arguments))
        } else {
            let what = format!(
                "{word} takes {} to {} values, not {}",
                takes.start(),
                takes.end(),
                arguments.len()
            );
            Err(FormulaError { column, what })
        }
    }
}

const KEYWORDS: [&str; 6] = ["if", "then", "else", "and", "or", "not"];

/// Words that no input, factor or step may be called.
pub(super) const RESERVED: [&str; 11] = [
    "if", "then", "else", "and", "or", "not", "min", "max", "first", "known", "applies",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_wrong_is_said_with_its_column() {
        for (text, column, what) in [
            ("km *", 5, "expected a number"),
            ("km ef", 4, "not expected"),
            ("(km", 4, "expected \")\""),
            ("2 [furlong]", 3, "unknown unit \"furlong\""),
            ("km & ef", 4, "means nothing"),
            ("sqrt(km)", 1, "no function"),
            ("min(km)", 1, "takes 2 to 8"),
            ("if km > 1 then 2", 17, "expected \"else\""),
            ("km = 2", 4, "write =="),
            ("[km", 1, "never closed"),
            ("1.2.3", 1, "not a decimal"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.column == column && error.what.contains(what), "{text}: {error:?}");
        }
        assert!(read(&"(".repeat(500)).unwrap_err().what.contains("nested"));
        assert!(read(&"1+".repeat(5000)).unwrap_err().what.contains("longer"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[a-z0-9 +*/()<>=\\[\\],.\"-]{0,80}|\\PC{0,40}") {
            let _ = read(&text);
        }
    }
}
