//! Parameters on the way in and rows on the way out. Invariant: integers, text and bytes only, the same
//! on both engines; what does not fit is an error, never a silent conversion.

use std::error::Error;

use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::StoreError;

/// One parameter of a statement, borrowed for the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Param<'a> {
    /// An integer or a truth value, for any integer or boolean column that can hold it.
    Int(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
    /// Nothing, for any column.
    Null,
}

macro_rules! param_from {
    ($($from:ty => |$value:ident| $into:expr),* $(,)?) => {$(
        impl<'a> From<$from> for Param<'a> {
            fn from($value: $from) -> Self {
                $into
            }
        }
    )*};
}

param_from! {
    i64 => |value| Param::Int(value),
    i32 => |value| Param::Int(value.into()),
    u32 => |value| Param::Int(value.into()),
    u8 => |value| Param::Int(value.into()),
    bool => |value| Param::Int(value.into()),
    &'a str => |value| Param::Text(value),
    &'a String => |value| Param::Text(value),
    &'a [u8] => |value| Param::Blob(value),
    &'a Vec<u8> => |value| Param::Blob(value),
}

impl<'a, const N: usize> From<&'a [u8; N]> for Param<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Blob(value)
    }
}

impl<'a, T: Into<Param<'a>>> From<Option<T>> for Param<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Int(value) => ValueRef::Integer(value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Blob(value) => ValueRef::Blob(value),
            Self::Null => ValueRef::Null,
        }))
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match *self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(value) if *ty == Type::INT8 => value.to_sql(ty, out),
            Self::Int(value) if *ty == Type::INT4 => i32::try_from(value)?.to_sql(ty, out),
            Self::Int(value) if *ty == Type::INT2 => i16::try_from(value)?.to_sql(ty, out),
            Self::Int(value @ (0 | 1)) if *ty == Type::BOOL => (value == 1).to_sql(ty, out),
            Self::Text(value) if <&str as ToSql>::accepts(ty) => value.to_sql(ty, out),
            Self::Blob(value) if *ty == Type::BYTEA => value.to_sql(ty, out),
            _ => Err(format!("{self:?} does not fit a {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true // by value, in `to_sql`
    }

    to_sql_checked!();
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// One row of an answer. It owns its values; columns are read by position, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(Vec<Value>);

macro_rules! getters {
    ($($name:ident, $opt_name:ident, $variant:ident, |$value:ident: &$ty:ty| -> $out:ty { $read:expr }, $what:literal;)*) => {$(
        #[doc = concat!("The ", $what, " in this column.")]
        pub fn $name(&self, column: usize) -> Result<$out, StoreError> {
            self.$opt_name(column)?.ok_or_else(|| self.mismatch(column, $what))
        }

        #[doc = concat!("The ", $what, " in this column, or `None` where it is NULL.")]
        pub fn $opt_name(&self, column: usize) -> Result<Option<$out>, StoreError> {
            match self.0.get(column) {
                Some(Value::$variant($value)) => Ok(Some($read)),
                Some(Value::Null) => Ok(None),
                _ => Err(self.mismatch(column, $what)),
            }
        }
    )*};
}

impl Row {
    getters! {
        int, opt_int, Int, |value: &i64| -> i64 { *value }, "integer";
        text, opt_text, Text, |value: &String| -> &str { value }, "text";
        blob, opt_blob, Blob, |value: &Vec<u8>| -> &[u8] { value }, "bytes";
    }

    fn mismatch(&self, column: usize, wanted: &str) -> StoreError {
        let found = match self.0.get(column) {
            Some(Value::Null) => "NULL",
            Some(Value::Int(_)) => "integer",
            Some(Value::Text(_)) => "text",
            Some(Value::Blob(_)) => "bytes",
            None => "no such column",
        };
        StoreError::Corrupt {
            what: format!("column {column}: wanted {wanted}, found {found}"),
        }
    }

    pub(crate) fn from_sqlite(row: &rusqlite::Row<'_>) -> Result<Self, StoreError> {
        let columns = row.as_ref().column_count();
        let value = |column| match row.get_ref(column)? {
            ValueRef::Null => Ok(Value::Null),
            ValueRef::Integer(value) => Ok(Value::Int(value)),
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Ok(Value::Text(text.to_owned())),
                Err(_) => Err(StoreError::Corrupt {
                    what: format!("column {column}: text is not UTF-8"),
                }),
            },
            ValueRef::Blob(value) => Ok(Value::Blob(value.to_vec())),
            ValueRef::Real(_) => Err(unreadable(column, "REAL")),
        };
        (0..columns).map(value).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn from_postgres(row: &tokio_postgres::Row) -> Result<Self, StoreError> {
        let value = |(column, described): (usize, &tokio_postgres::Column)| {
            let ty = described.type_();
            let value = match *ty {
                Type::INT8 => row.try_get::<_, Option<i64>>(column)?.map(Value::Int),
                Type::INT4 => row.try_get::<_, Option<i32>>(column)?.map(|v| Value::Int(v.into())),
                Type::INT2 => row.try_get::<_, Option<i16>>(column)?.map(|v| Value::Int(v.into())),
                Type::BOOL => row.try_get::<_, Option<bool>>(column)?.map(|v| Value::Int(v.into())),
                Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(column)?.map(Value::Blob),
                Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
                    row.try_get::<_, Option<String>>(column)?.map(Value::Text)
                }
                _ => return Err(unreadable(column, ty.name())),
            };
            Ok(value.unwrap_or(Value::Null))
        };
        row.columns()
            .iter()
            .enumerate()
            .map(value)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn unreadable(column: usize, ty: &str) -> StoreError {
    StoreError::Engine(format!(
        "column {column} is {ty}: cast it to BIGINT, TEXT or BYTEA in the statement"
    ))
}
