//! Forms: one look and one way to say what was wrong, on every page.

/// A form that posts to this site.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it posts to.
    pub action: String,
    /// The token that only a page of this session knows; empty where nobody is signed in.
    pub csrf: String,
    /// The idempotency key: pressing twice does once. Empty where the verb has a key of its own.
    pub key: String,
    /// What is asked.
    pub fields: Vec<Field>,
    /// The words of the button.
    pub submit: String,
    /// Whether it takes something away for good.
    pub danger: bool,
    /// What was wrong with the whole, if something was.
    pub error: Option<String>,
}

impl Form {
    /// A form without fields.
    pub fn new(action: impl Into<String>, csrf: impl Into<String>, submit: impl Into<String>) -> Self {
        Form {
            action: action.into(),
            csrf: csrf.into(),
            key: String::new(),
            fields: Vec::new(),
            submit: submit.into(),
            danger: false,
            error: None,
        }
    }

    /// With one more field.
    #[must_use]
    pub fn with(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// Whether it carries a file, which needs another encoding.
    pub fn is_multipart(&self) -> bool {
        self.fields
            .iter()
            .any(|field| matches!(field.input, Input::File { .. }))
    }
}

/// One thing that is asked.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in the request; unique in the page.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// What was entered, or what stands there.
    pub value: String,
    /// How it is entered.
    pub input: Input,
    /// What helps to fill it in.
    pub hint: Option<String>,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Whether it may be left empty.
    pub optional: bool,
}

/// How something is entered.
#[derive(Clone, Debug)]
pub enum Input {
    /// One line. `kind` is the HTML type: text, email, password, number, date, datetime-local.
    Line {
        /// The HTML type.
        kind: &'static str,
        /// What a browser or password manager may fill in; empty for nothing.
        autocomplete: &'static str,
    },
    /// Several lines.
    Area,
    /// One of some.
    Select(Vec<Choice>),
    /// Any of some; every choice is a box with the name of the field.
    Checks(Vec<Choice>),
    /// Yes or no.
    Check,
    /// A file of these media types.
    File {
        /// The HTML `accept`.
        accept: &'static str,
    },
    /// Nothing to see.
    Hidden,
}

/// One of some.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its value in the request.
    pub value: String,
    /// What it is called.
    pub label: String,
    /// What it means.
    pub hint: Option<String>,
    /// What there is to read before one chooses, a paragraph each; opens below the choice.
    pub more: Vec<String>,
    /// Whether it is chosen.
    pub chosen: bool,
}

impl Choice {
    /// A choice without further words.
    pub fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Self {
        Choice {
            value: value.into(),
            label: label.into(),
            hint: None,
            more: Vec::new(),
            chosen,
        }
    }
}

impl Field {
    /// A field that must be filled in.
    pub fn new(name: impl Into<String>, label: impl Into<String>, input: Input) -> Self {
        Field {
            name: name.into(),
            label: label.into(),
            value: String::new(),
            input,
            hint: None,
            error: None,
            optional: false,
        }
    }

    /// One line of text.
    pub fn line(name: impl Into<String>, label: impl Into<String>) -> Self {
        let input = Input::Line {
            kind: "text",
            autocomplete: "off",
        };
        Self::new(name, label, input)
    }

    /// A field that nobody sees.
    pub fn hidden(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(name, "", Input::Hidden).value(value)
    }

    /// With what stands there.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// With what helps to fill it in.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With what is wrong with it, if something is.
    #[must_use]
    pub fn error(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }

    /// May be left empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The ids of what describes it, for `aria-describedby`.
    pub fn described_by(&self) -> String {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.name));
        hint.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }
}
