//! What Plane's times of a comment mean, by the rows that were recorded and by made ones.

use trail_port::tracker::Comment;

use super::*;

/// A row with times relative to its insertion, in microseconds.
fn row(id: &str, created: i64, edited: bool) -> Row {
    let updated = 1_795_219_550_000_000;
    Row {
        id: id.to_owned(),
        actor: "a1".to_owned(),
        html: format!("<p>{id}</p>"),
        created: updated + created,
        updated,
        edited,
        ours: false,
        external_id: String::new(),
    }
}

#[test]
fn times_tell_what_happened_to_a_comment() {
    // created_at - updated_at, edited, then: backdated, provisional
    let table = [
        (29_066, false, (false, false), "by the API"),
        (-12, false, (false, true), "by the API, being stored"),
        (-26, false, (false, true), "by the web interface"),
        (0, false, (false, true), "times that are equal"),
        (
            -90_000,
            false,
            (false, true),
            "by a web interface that was busy",
        ),
        (-100_001, false, (true, false), "dated back a little"),
        (
            -200_000_000_000,
            false,
            (true, false),
            "dated back for years",
        ),
        (5_000_000, false, (false, false), "by an API that was busy"),
        (5_000_001, false, (true, false), "dated into the future"),
        (-367_190, true, (false, false), "edited"),
        (
            9_000_000,
            true,
            (true, false),
            "dated into the future, then edited",
        ),
    ];
    for (created, edited, expected, what) in table {
        let row = row("c", created, edited);
        assert_eq!((row.backdated(), row.provisional()), expected, "{what}");
        let comment = row.comment();
        assert_eq!(
            (comment.backdated, comment.edited),
            (expected.0, edited),
            "{what}"
        );
        assert_eq!(comment.updated > comment.created, edited, "{what}");
    }
}

#[test]
fn the_order_is_that_of_writing_and_nobody_can_date_into_it() {
    let mut rows = vec![
        row("future", 9_000_000_000, false),
        row("b", 30_000, false),
        row("a", 30_000, false),
        row("first", 20_000, false),
        row("past", -9_000_000_000, false),
    ];
    sort(&mut rows);
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    // Those dated by hand stand where they were stored.
    assert_eq!(ids, ["future", "past", "first", "a", "b"]);
    let comment = rows[1].comment();
    assert_eq!(comment.created.as_millis(), 1_795_219_550_000);
    assert_eq!(comment.updated, comment.created);
}

#[test]
fn an_edit_in_the_same_millisecond_is_still_later() {
    let mut row = row("c", 100, true);
    row.updated += 150;
    let comment = row.comment();
    assert!(comment.updated > comment.created);
}

#[test]
fn an_entry_that_was_stored_twice_is_one_comment() {
    let text = "x\n\n```trail-entry\n{\"a\":1}\n```\n";
    let entry = |id: &str, created: i64, change: &dyn Fn(&mut Row)| {
        let mut row = row(id, created, false);
        row.html = carry::write(text, Form::Comment);
        row.ours = true;
        change(&mut row);
        row
    };
    let rows = [
        entry("1", 10, &|_| ()),
        entry("2", 20, &|_| ()),
        entry("3", 30, &|row| row.edited = true),
        entry("4", 40, &|row| row.actor = "a2".to_owned()),
        entry("5", -9_000_000, &|_| ()),
        entry("6", 60, &|row| row.ours = false),
        entry("7", 70, &|row| row.html = "<p>x</p>".to_owned()),
        entry("8", 80, &|row| row.html = "<p>x</p>".to_owned()),
    ];
    let ids: Vec<String> = comments(&rows)
        .iter()
        .map(|own| own.id.to_string())
        .collect();
    assert_eq!(ids, ["1", "3", "4", "5", "6", "7", "8"]);
}

#[test]
fn a_comment_whose_parts_disagree_is_edited_though_plane_says_it_is_not() {
    let mut own = row("c", 100, false);
    own.html = carry::write("x\n\n```trail-entry\n{\"a\":1}\n```\n", Form::Comment)
        .replace("<p>x</p>", "<p>y</p>");
    let Comment {
        edited,
        text,
        created,
        updated,
        ..
    } = own.comment();
    assert!(edited);
    assert_eq!(created, updated);
    assert!(text.starts_with("y\n"), "{text}");
}
