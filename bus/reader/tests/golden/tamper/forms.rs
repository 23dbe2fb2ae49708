//! Payloads that a key holder signed in another form than the stored one.

use super::Cases;
use super::craft::add_raw;

pub(super) fn add(cases: &mut Cases) {
    cases.add(
        "duplicate-key",
        "a signed payload has a key twice",
        &["malformed"],
        "findings",
        |w| {
            add_raw(w, "\"rules\":0,", "\"rules\":0,\"rules\":0,");
        },
    );
    cases.add(
        "unsafe-integer",
        "a signed payload holds an integer beyond 2^53",
        &["malformed"],
        "findings",
        |w| {
            add_raw(w, "\"events\":[]", "\"events\":[9007199254740993]");
        },
    );
    cases.add(
        "huge-integer",
        "a signed payload holds an integer beyond 2^64",
        &["malformed"],
        "findings",
        |w| {
            add_raw(w, "\"events\":[]", "\"events\":[100000000000000000000]");
        },
    );
    cases.add(
        "not-canonical",
        "a signed payload has a space",
        &["malformed"],
        "findings",
        |w| {
            add_raw(w, "\"events\":[]", "\"events\": []");
        },
    );
    cases.add(
        "unsorted",
        "the keys of a signed payload are in another order",
        &["malformed"],
        "findings",
        |w| {
            add_raw(
                w,
                "\"events\":[]",
                "\"events\":[{\"\u{fb33}\":1,\"\u{1f600}\":2}]",
            );
        },
    );
    cases.add(
        "lone-surrogate",
        "a signed payload escapes half a character",
        &["malformed"],
        "findings",
        |w| {
            add_raw(w, "\"events\":[]", "\"events\":[\"\\ud800\"]");
        },
    );
    cases.add(
        "field-left-out",
        "a signed payload leaves out what is null",
        &["malformed"],
        "findings",
        |w| {
            add_raw(w, "\"base\":null,", "");
        },
    );
    cases.add(
        "struct-as-array",
        "a signed payload writes an object as an array",
        &["malformed"],
        "findings",
        |w| {
            add_raw(
                w,
                "\"records\":[]",
                "\"records\":[[\"a\",\"spec\",\"t\",0,null]]",
            );
        },
    );
    cases.add(
        "other-time",
        "a signed payload writes its time another way",
        &["malformed"],
        "findings",
        |w| {
            add_raw(w, "T12:20:00.000Z", "T12:20:00Z");
        },
    );
    cases.add(
        "newer-format",
        "an entry of a later version of the format",
        &["unknown-format"],
        "findings",
        |w| {
            add_raw(w, "\"format\":0,", "\"format\":1,\"new\":true,");
        },
    );
    cases.add(
        "newer-predicate",
        "an entry whose predicate type names a later version",
        &["unknown-format"],
        "findings",
        |w| {
            add_raw(w, "urn:trail:entry:v0", "urn:trail:entry:v1");
        },
    );
}
