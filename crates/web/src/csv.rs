//! Tables as files: RFC 4180 with a byte order mark, which the spreadsheets of this world want, sent in pieces.
//!
//! Invariant: no cell is a formula. A text that a spreadsheet would calculate is preceded by an apostrophe.

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;

/// About how large a piece is, in bytes.
const PIECE: usize = 64 * 1024;

/// A file of these rows under this name, e.g. `orders.csv`, made while it is sent.
pub(crate) fn attachment(
    name: &str,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>> + Send + 'static,
) -> Response {
    let mut first = String::from('\u{feff}');
    line(&mut first, header.iter().copied());
    let pieces = stream::iter(Pieces { first, rows }.map(Ok::<_, std::convert::Infallible>));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name.chars().map(|c| if plain(c) { c } else { '-' }).collect();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

struct Pieces<R> {
    first: String,
    rows: R,
}

impl<R: Iterator<Item = Vec<String>>> Iterator for Pieces<R> {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut piece = std::mem::take(&mut self.first);
        while piece.len() < PIECE {
            let Some(row) = self.rows.next() else { break };
            line(&mut piece, row.iter().map(String::as_str));
        }
        (!piece.is_empty()).then(|| piece.into())
    }
}

fn line<'a>(to: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            to.push(',');
        }
        let guard = if is_formula(cell) { "'" } else { "" };
        if cell.contains(['"', ',', '\n', '\r']) {
            to.push('"');
            to.push_str(guard);
            to.push_str(&cell.replace('"', "\"\""));
            to.push('"');
        } else {
            to.push_str(guard);
            to.push_str(cell);
        }
    }
    to.push_str("\r\n");
}

/// Whether a spreadsheet would calculate this text. A negative number stays a number.
fn is_formula(cell: &str) -> bool {
    let number = || {
        let digits = cell.strip_prefix('-').unwrap_or_default();
        digits.contains(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) && !number()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sent(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn cells_are_quoted_and_never_calculated() {
        let row = ["a \"b\", c", "=1+1", "-12.5", "-1+cmd", "＋1", "小满"].map(str::to_owned);
        let file = attachment("x.csv", &["one", "two"], std::iter::once(row.to_vec()));
        assert_eq!(
            sent(file).await,
            "\u{feff}one,two\r\n\"a \"\"b\"\", c\",'=1+1,-12.5,'-1+cmd,'＋1,小满\r\n"
        );
    }

    #[tokio::test]
    async fn a_long_table_comes_whole_and_in_pieces() {
        let rows = (0..20_000).map(|n: i32| vec![n.to_string(), "x".repeat(20)]);
        let text = sent(attachment("a\"b\r\n.csv", &["n", "x"], rows)).await;
        assert_eq!(text.lines().count(), 20_001);
        assert!(text.ends_with(&format!("19999,{}\r\n", "x".repeat(20))));
        let name = attachment("a\"b\r\n.csv", &[], std::iter::empty());
        assert_eq!(
            name.headers()[header::CONTENT_DISPOSITION],
            "attachment; filename=\"a-b--.csv\""
        );
    }
}
