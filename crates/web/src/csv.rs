//! Tables as files: RFC 4180 with a byte order mark, which the spreadsheets of this world want, sent in pieces.
//!
//! Invariant: no cell is a formula. A text that a spreadsheet would calculate is preceded by an apostrophe.

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::show::{Cell, Table};

/// About how large a piece is, in bytes.
const PIECE: usize = 64 * 1024;

/// A file of these rows under this name, e.g. `orders.csv`, made while it is sent.
pub(crate) fn attachment(
    name: &str,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>> + Send + 'static,
) -> Response {
    let first = head(header);
    let pieces = stream::iter(Pieces { first, rows }.map(Ok::<_, std::convert::Infallible>));
    file(name, Body::from_stream(pieces))
}

/// A table as it is shown, as a file.
pub(crate) fn of_table(name: &str, table: &Table) -> Response {
    let header: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .map(|row| row.iter().map(Cell::plain).collect())
        .collect();
    attachment(name, &header, rows.into_iter())
}

/// A file of rows that are read a page at a time while it is sent: `page` gives the rows at a place, and where to go
/// on. If the first page cannot be read there is no file; if a later one cannot, the file breaks off.
pub(crate) async fn in_pages<C, E, F>(
    name: &str,
    header: &[&str],
    from: C,
    mut page: impl FnMut(C) -> F + Send + 'static,
) -> Result<Response, E>
where
    C: Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
    F: Future<Output = Result<(Vec<Vec<String>>, Option<C>), E>> + Send + 'static,
{
    let pages = stream::try_unfold(Some(from), move |at| {
        let next = at.map(&mut page);
        async move {
            match next {
                Some(next) => next.await.map(Some),
                None => Ok(None),
            }
        }
    });
    let mut pages = Box::pin(pages);
    let first = pages.try_next().await?.unwrap_or_default();
    let first = lines(head(header), &first);
    let rest = pages.map_ok(|rows| lines(String::new(), &rows));
    let pieces = stream::once(std::future::ready(Ok(first))).chain(rest);
    Ok(file(name, Body::from_stream(pieces)))
}

fn head(header: &[&str]) -> String {
    let mut head = String::from('\u{feff}');
    line(&mut head, header.iter().copied());
    head
}

fn lines(mut to: String, rows: &[Vec<String>]) -> Bytes {
    for row in rows {
        line(&mut to, row.iter().map(String::as_str));
    }
    to.into()
}

fn file(name: &str, body: Body) -> Response {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name.chars().map(|c| if plain(c) { c } else { '-' }).collect();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, body).into_response()
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
    async fn pages_follow_one_another_and_a_fault_breaks_the_file_off() {
        let page = |fault: i32| {
            move |n: i32| async move {
                if n == fault {
                    return Err(std::io::Error::other("gone"));
                }
                Ok((vec![vec![n.to_string()]], (n < 2).then_some(n + 1)))
            }
        };
        let whole = in_pages("x.csv", &["n"], 0, page(9)).await.unwrap();
        assert_eq!(sent(whole).await, "\u{feff}n\r\n0\r\n1\r\n2\r\n");
        assert!(in_pages("x.csv", &["n"], 0, page(0)).await.is_err());
        let broken = in_pages("x.csv", &["n"], 0, page(1)).await.unwrap();
        assert!(axum::body::to_bytes(broken.into_body(), usize::MAX).await.is_err());
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
