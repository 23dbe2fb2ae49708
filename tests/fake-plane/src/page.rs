//! Offset paging with cursors `limit:page:is_prev`, as Plane's paginator does it.

use serde_json::{Value, json};

use crate::answer::Answer;

/// The most rows a page may have, and as many as it has if nothing is said.
const MOST: i64 = 1000;

/// Cuts the page that the query asks for out of all rows, and shows the rows on it.
///
/// # Errors
/// Refuses sizes and cursors as Plane does: 400 for too many and for nonsense, 500 for none.
pub(crate) fn page<T>(
    query: &[(String, String)],
    rows: &[T],
    show: impl Fn(&T) -> Value,
) -> Result<Value, Answer> {
    let given = |name: &str| {
        let mut values = query.iter().rev().filter(|(key, _)| key == name);
        values.next().map(|(_, value)| value.as_str())
    };
    let limit = match given("per_page") {
        None => MOST,
        Some(text) => text
            .parse::<i64>()
            .map_err(|_| Answer::detail(400, "Invalid per_page parameter."))?,
    };
    if limit > MOST {
        let text = format!("Invalid per_page value. Cannot exceed {MOST}.");
        return Err(Answer::detail(400, &text));
    }
    if limit < 1 {
        return Err(Answer::failed());
    }
    let (size, at, _) = match given("cursor") {
        None => (limit, 0, 0),
        Some(text) => {
            cursor(text).ok_or_else(|| Answer::detail(400, "Invalid cursor parameter."))?
        }
    };
    if at < 0 || !(1..=MOST).contains(&size) {
        return Err(Answer::detail(400, "Error in parsing"));
    }
    let offset = usize::try_from(at.saturating_mul(size)).unwrap_or(usize::MAX);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let on_page: Vec<Value> = rows.iter().skip(offset).take(size).map(show).collect();
    let more = rows.len() > offset.saturating_add(size);
    let pages = rows.len().div_ceil(usize::try_from(limit).unwrap_or(1));
    Ok(json!({
        "grouped_by": null,
        "sub_grouped_by": null,
        "total_count": rows.len(),
        "next_cursor": format!("{limit}:{}:0", at + 1),
        "prev_cursor": format!("{limit}:{}:1", at - 1),
        "next_page_results": more,
        "prev_page_results": at > 0,
        "count": on_page.len(),
        "total_pages": pages,
        "total_results": rows.len(),
        "extra_stats": null,
        "results": on_page,
    }))
}

/// Reads a cursor: rows on a page, page, and whether it goes backwards.
fn cursor(text: &str) -> Option<(i64, i64, i64)> {
    let mut parts = text.split(':').map(|part| part.parse::<i64>().ok());
    let read = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(read)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::page;

    fn ask(pairs: &[(&str, &str)], rows: usize) -> Result<Value, u16> {
        let query: Vec<_> = pairs
            .iter()
            .map(|&(k, v)| (k.to_owned(), v.to_owned()))
            .collect();
        let rows: Vec<usize> = (0..rows).collect();
        page(&query, &rows, |row| json!(row)).map_err(|answer| answer.status)
    }

    #[test]
    fn pages_are_cut_by_offset() {
        let third = ask(&[("per_page", "5"), ("cursor", "5:2:0")], 12).unwrap();
        assert_eq!(third["results"], json!([10, 11]));
        assert_eq!(third["next_cursor"], "5:3:0");
        assert_eq!(
            (&third["next_page_results"], &third["prev_page_results"]),
            (&json!(false), &json!(true))
        );
        assert_eq!(third["total_pages"], 3);
        let first = ask(&[], 1001).unwrap();
        assert_eq!(
            (&first["count"], &first["prev_cursor"]),
            (&json!(1000), &json!("1000:-1:1"))
        );
    }

    #[test]
    fn bad_sizes_and_cursors_are_refused_as_plane_refuses_them() {
        for (pair, status) in [
            (("per_page", "1001"), 400),
            (("per_page", "x"), 400),
            (("per_page", "0"), 500),
            (("per_page", "-1"), 500),
            (("cursor", "abc"), 400),
            (("cursor", "5:-1:1"), 400),
        ] {
            assert_eq!(ask(&[pair], 3), Err(status), "{pair:?}");
        }
    }
}
