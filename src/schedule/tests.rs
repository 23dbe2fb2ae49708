//! Schedules against a plain oracle: Vixie's rules, minute by minute.

use chrono::{Datelike as _, TimeDelta, Timelike as _};
use proptest::prelude::*;

use super::*;

/// Says whether a field as Vixie reads it names a value; written without the code it judges.
fn names(field: &str, value: u32, low: u32, high: u32) -> bool {
    field.split(',').any(|element| {
        let (range, step) = match element.split_once('/') {
            Some((range, step)) => (range, step.parse().unwrap()),
            None => (element, 1),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((first, last)) => (first.parse().unwrap(), last.parse().unwrap()),
            None => (range.parse().unwrap(), range.parse().unwrap()),
        };
        (first..=last).contains(&value) && (value - first).is_multiple_of(step)
    })
}

/// Says whether Vixie cron fires in a minute.
fn fires(expression: &str, at: DateTime<Utc>) -> bool {
    let fields: Vec<&str> = expression.split(' ').collect();
    let weekday = at.weekday().num_days_from_sunday();
    let day = names(fields[2], at.day(), 1, 31);
    let weekday = names(fields[4], weekday, 0, 6)
        || (weekday == 0
            && fields[4] != "*"
            && !fields[4].starts_with("*/")
            && names(fields[4], 7, 0, 7));
    let days = if fields[2].starts_with('*') || fields[4].starts_with('*') {
        day && weekday
    } else {
        day || weekday
    };
    names(fields[0], at.minute(), 0, 59)
        && names(fields[1], at.hour(), 0, 23)
        && names(fields[3], at.month(), 1, 12)
        && days
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn next(expression: &str, after: &str) -> String {
    let schedule: Schedule = expression.parse().unwrap();
    schedule.next(&at(after)).unwrap().to_rfc3339()
}

#[test]
fn weekdays_are_counted_as_vixie_counts_them() {
    // 21 November 2026 is a Saturday.
    for (expression, due) in [
        ("0 9 * * 5", "2026-11-27T09:00:00+00:00"),
        ("0 9 * * fri", "2026-11-27T09:00:00+00:00"),
        ("0 9 * * 0", "2026-11-22T09:00:00+00:00"),
        ("0 9 * * 7", "2026-11-22T09:00:00+00:00"),
        ("0 9 * * Mon-Fri", "2026-11-23T09:00:00+00:00"),
        ("*/5 * * * *", "2026-11-21T12:05:00+00:00"),
        ("@daily", "2026-11-22T00:00:00+00:00"),
        ("@weekly", "2026-11-22T00:00:00+00:00"),
        ("@hourly", "2026-11-21T13:00:00+00:00"),
        ("0 0 29 2 *", "2028-02-29T00:00:00+00:00"),
    ] {
        assert_eq!(
            next(expression, "2026-11-21T12:01:30Z"),
            due,
            "{expression}"
        );
    }
}

#[test]
fn a_day_fits_by_month_or_by_week_where_both_are_restricted() {
    let schedule: Schedule = "30 4 1,15 * 5".parse().unwrap();
    let mut now = at("2026-11-21T00:00:00Z");
    let mut days = Vec::new();
    for _ in 0..5 {
        now = schedule.next(&now).unwrap();
        days.push(now.format("%a %d %b").to_string());
    }
    assert_eq!(
        days,
        [
            "Fri 27 Nov",
            "Tue 01 Dec",
            "Fri 04 Dec",
            "Fri 11 Dec",
            "Tue 15 Dec"
        ]
    );
}

#[test]
fn a_field_that_begins_with_a_star_restricts_the_other() {
    // Every second day, but only on Mondays.
    let due = next("0 0 */2 * 1", "2026-11-21T00:00:00Z");
    assert_eq!(due, "2026-11-23T00:00:00+00:00");
    let due = next("0 0 */2 * 1", "2026-11-23T00:00:00Z");
    assert_eq!(due, "2026-12-07T00:00:00+00:00");
}

#[test]
fn what_cannot_be_carried_out_is_refused_with_the_reason() {
    for (expression, why) in [
        ("", "0 fields"),
        ("* * * *", "4 fields"),
        ("0 */5 * * * *", "seconds"),
        ("60 * * * *", "0 to 59"),
        ("* 24 * * *", "0 to 23"),
        ("* * 0 * *", "1 to 31"),
        ("* * * 13 *", "1 to 12"),
        ("* * * * 8", "0 to 7"),
        ("* * * * monday", "or sun"),
        ("* * * * fri-sun", "Sunday is 7"),
        ("30-10 * * * *", "before it begins"),
        ("*/0 * * * *", "step of 1"),
        ("5/15 * * * *", "5-59/N"),
        ("* * L * *", "does not have"),
        ("* * * * 5#2", "does not have"),
        ("@reboot", "no time"),
        ("@fortnightly", "@weekly"),
        ("0 0 30 2 *", "ever comes"),
        ("1,,2 * * * *", "0 to 59"),
        ("* * * * 5L", "0 to 7"),
        ("\u{ff11} * * * *", "0 to 59"),
    ] {
        let said = expression.parse::<Schedule>().unwrap_err().to_string();
        assert!(said.contains(why), "{expression:?}: {said}");
    }
}

/// A field of numbers.
fn field(low: u32, high: u32) -> impl Strategy<Value = String> {
    let range = (low..=high, low..=high).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let element = prop_oneof![
        (low..=high).prop_map(|value| value.to_string()),
        range.clone().prop_map(|(a, b)| format!("{a}-{b}")),
        (range, 1..9_u32).prop_map(|((a, b), step)| format!("{a}-{b}/{step}")),
    ];
    prop_oneof![
        2 => Just("*".to_owned()),
        1 => (1..20_u32).prop_map(|step| format!("*/{step}")),
        3 => prop::collection::vec(element, 1..4).prop_map(|elements| elements.join(",")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Between one time and the next there is no minute in which Vixie cron would have fired.
    #[test]
    fn the_next_time_is_the_one_vixie_cron_fires_at(
        minute in field(0, 59),
        hour in field(0, 23),
        day in field(1, 28),
        weekday in field(0, 7),
        start in 0_i64..31_536_000,
    ) {
        let expression = format!("{minute} {hour} {day} * {weekday}");
        let schedule: Schedule = expression.parse().unwrap();
        let start = at("2026-01-01T00:00:00Z") + TimeDelta::seconds(start);
        let due = schedule.next(&start).unwrap();
        prop_assert!(fires(&expression, due), "{expression} does not fire at {due}");
        let mut minute = start.with_second(0).unwrap() + TimeDelta::minutes(1);
        while minute < due {
            prop_assert!(!fires(&expression, minute), "{expression} fires at {minute}, not {due}");
            minute += TimeDelta::minutes(1);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,30}") {
        let _ = text.parse::<Schedule>();
    }
}
