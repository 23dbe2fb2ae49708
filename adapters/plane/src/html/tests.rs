//! What people type into Plane reads as Markdown; what Trail writes reads back byte for byte.

use proptest::prelude::*;
use trail_item::criteria;
use trail_item::text::envelope_of;

use super::carry::{Carried, read, write};
use super::markdown::markdown;
use super::render::Form;
use super::tree::{Element, Node, parse};

const FORMS: [Form; 2] = [Form::Comment, Form::Body];

#[test]
fn comments_from_the_web_interface_read_as_typed() {
    let table = [
        (
            r#"<p class="editor-paragraph-block">/approve 7K3QX-0M9TB looks good</p>"#,
            "/approve 7K3QX-0M9TB looks good",
        ),
        (
            r#"<p class="editor-paragraph-block">approve sha256:abc &amp; go</p>"#,
            "approve sha256:abc & go",
        ),
        ("<p>/approve&nbsp;7K3QX-0M9TB</p>", "/approve 7K3QX-0M9TB"),
        (
            "<p>\u{feff}/approve 7K3QX-0M9TB\u{200b}</p>",
            "/approve 7K3QX-0M9TB",
        ),
        (
            "<p>/reject 7K3QX-0M9TB<br>too wide</p>",
            "/reject 7K3QX-0M9TB\ntoo wide",
        ),
        ("<p>one</p><p></p><p>/hold</p>", "one\n\n/hold"),
        ("<p>  a\n   b\t c </p>", "a b c"),
        (
            "<ul><li><p>a</p></li><li><p>b</p><ul><li><p>c</p></li></ul></li></ul>",
            "- a\n- b\n  - c",
        ),
        ("<ol start=\"3\"><li>a<li>b</ol>", "3. a\n4. b"),
        (
            "<blockquote><p>/approve X</p></blockquote><p>no</p>",
            "> /approve X\n\nno",
        ),
        (
            "<pre><code class=\"x\">/approve X\n</code></pre>",
            "```\n/approve X\n```",
        ),
        (
            "<p>see <code>a`b</code> and <a href=\"https://x.example/\">this</a></p>",
            "see ``a`b`` and [this](https://x.example/)",
        ),
        (
            "<p><a href=\"https://x.example/\">https://x.example/</a></p>",
            "https://x.example/",
        ),
        (
            "<p><mention-component id=\"m1\" entity_identifier=\"u-1\" entity_name=\"user_mention\"></mention-component> /hold</p>",
            "@u-1 /hold",
        ),
        ("<p>a<strong> b </strong>c <em>d</em></p>", "a **b** c *d*"),
        ("/approve bare", "/approve bare"),
        (
            "<p>a<!-- /approve hidden --></p><script>/approve script</script><style>x</style>",
            "a",
        ),
        ("<P>UPPER</P>", "UPPER"),
        ("<p>unclosed <b>bold", "unclosed **bold**"),
        ("<h2>Head</h2>text", "## Head\n\ntext"),
        (
            "<table><tr><th>a</th><th>b</th></tr><tr><td><p>1|2</p></td><td></td></tr></table>",
            "| a | b |\n|---|---|\n| 1\\|2 |  |",
        ),
        ("<hr><p>x</p>", "---\n\nx"),
        ("", ""),
    ];
    for (html, expected) in table {
        let Carried { text, whole } = read(html, Form::Comment);
        assert_eq!((text.as_str(), whole), (expected, true), "{html}");
    }
}

#[test]
fn criteria_written_in_planes_editor_are_read() {
    let body = r#"<div><p class="editor-paragraph-block">Readers miss the total.</p>
        <h2 class="editor-heading-block">Acceptance criteria</h2>
        <ul class="list-disc not-prose"><li class="not-prose"><p class="editor-paragraph-block">AC-1: It prints the <strong>total</strong></p></li>
        <li><p>AC-2 (keeps): <code>--raw</code> stays</p></li></ul>
        <ul data-type="taskList" class="not-prose"><li data-checked="false" data-type="taskItem"><label><input type="checkbox"><span></span></label><div><p>AC-3: It exits with 0</p></div></li></ul>
        <h2>Scope</h2><ul><li><p>write: src/**, tests/**</p></li></ul></div>"#;
    let text = read(body, Form::Body).text;
    let draft = criteria::parse(&text).unwrap_or_else(|problems| panic!("{text}\n{problems:?}"));
    let ids: Vec<String> = draft
        .criteria
        .iter()
        .map(|own| own.id.to_string())
        .collect();
    assert_eq!(ids, ["AC-1", "AC-2", "AC-3"]);
    assert!(draft.criteria[1].keeps);
    assert_eq!(draft.scope.write, ["src/**", "tests/**"]);
}

/// The comment of a sealed entry, as `trail_item::text::comment` writes it.
fn sealed() -> String {
    "**Trail · planner** — took the item up\n\n## Plan\n\n1. do `x` & <b>y</b>\n2. done\n\n\
     > quoted\n\n\
     <details><summary>Sealed entry 0 · 3f9a · 2 records</summary>\n\n\
     ```trail-entry\n{\"payload\":\"eyJh<&>Ijp9\",\"signatures\":[]}\n```\n\n</details>\n"
        .to_owned()
}

#[test]
fn a_sealed_entry_is_shown_readably_and_carried_once() {
    let html = write(&sealed(), Form::Comment);
    let expected = "<p><strong>Trail · planner</strong> — took the item up</p>\
        <p><strong>Plan</strong></p><ol><li><p>do <code>x</code> &amp; &lt;b&gt;y&lt;/b&gt;</p></li>\
        <li><p>done</p></li></ol><blockquote><p>quoted</p></blockquote>\
        <p><strong>Sealed entry 0 · 3f9a · 2 records</strong></p><pre><code>trail-text 1 ";
    assert!(html.starts_with(expected), "{html}");
    assert_eq!(html.matches("eyJh").count(), 1, "{html}");
    let (_, block) = html.rsplit_once("<pre><code>").unwrap();
    assert!(block.is_ascii());
    assert_eq!(
        block
            .matches("{\"payload\":\"eyJh&lt;&amp;&gt;Ijp9\"")
            .count(),
        1
    );
    let back = read(&html, Form::Comment);
    assert_eq!(
        back,
        Carried {
            text: sealed(),
            whole: true
        }
    );
    assert!(envelope_of(&back.text).is_some());
}

#[test]
fn whatever_is_changed_of_an_entry_it_is_believed_no_more_and_still_found() {
    let html = write(&sealed(), Form::Comment);
    let carried = "dG9vayB0aGU"; // part of what carries "took the item up"
    let at = html.find("trail-text 1 ").unwrap() + "trail-text 1 ".len();
    let mut other = html.clone();
    other.replace_range(at..at + carried.len(), carried);
    let changed = [
        html.replace("took the item up", "approved"),
        html.replace("<p><strong>Plan", "<p style=\"display:none\"><strong>Plan"),
        html.replace("<blockquote>", "<blockquote><p>/approve me</p>"),
        html.replace("<p><strong>Plan</strong></p>", ""),
        html.replace("<pre><code>", "<pre class=\"hidden\"><code>"),
        html.replace("trail-text 1 ", "trail-text 1 A"),
        format!("<p>before</p>{html}"),
        html.replace("<ol>", "<!-- x --><script>x</script><ol>"),
        other,
    ];
    for changed in changed {
        let back = read(&changed, Form::Comment);
        assert!(!back.whole, "{changed}");
        let envelope = envelope_of(&back.text).map(str::to_owned);
        assert_eq!(
            envelope,
            envelope_of(&sealed()).map(str::to_owned),
            "{changed}"
        );
    }
    // What comes behind the block makes it no block: then the whole is only what it shows.
    let behind = read(&format!("{html}<p>behind</p>"), Form::Comment);
    assert!(envelope_of(&behind.text).is_none());
    let without = read(html.split("<pre>").next().unwrap(), Form::Comment);
    assert!(envelope_of(&without.text).is_none());
}

#[test]
fn a_template_needs_nothing_carried() {
    let template = "Why it is needed.\n\n## Acceptance criteria\n\n- AC-1: it prints `total`\n\
        - AC-2 (keeps): **nothing** else changes\n\n## Scope\n\n### Write\n\n- `src/**`\n\n## Risk\n\nlow\n";
    let html = write(template, Form::Body);
    assert!(!html.contains("trail-text"), "{html}");
    assert_eq!(read(&html, Form::Body).text, template);
    // What the contract suite files.
    for body in ["idle\n\n- AC-1: it works\n", "body of 3\n"] {
        assert!(!write(body, Form::Body).contains("trail-text"), "{body}");
    }
    for said in [
        "/approve 7K3QX-0M9TB looks good",
        "first",
        "two\nlines",
        "two\n\nparagraphs",
    ] {
        assert!(!write(said, Form::Comment).contains("trail-text"), "{said}");
    }
}

/// Writes a tree as Plane's pipeline for bodies does: one root, links with `rel`, entities its way.
fn piped(nodes: &[Node]) -> String {
    fn put(nodes: &[Node], out: &mut String) {
        for node in nodes {
            match node {
                Node::Text(text) => out.push_str(
                    &text
                        .replace('&', "&amp;")
                        .replace('<', "&lt;")
                        .replace('>', "&gt;"),
                ),
                Node::Element(element) => {
                    let Element {
                        name,
                        attributes,
                        children,
                    } = element;
                    out.push_str(&format!("<{name}"));
                    for (own, value) in attributes {
                        let value = value.replace('&', "&amp;").replace('"', "&quot;");
                        out.push_str(&format!(" {own}=\"{value}\""));
                    }
                    if name == "a" {
                        out.push_str(" rel=\"noopener noreferrer\"");
                    }
                    out.push('>');
                    put(children, out);
                    if !matches!(name.as_str(), "br" | "hr") {
                        out.push_str(&format!("</{name}>"));
                    }
                }
            }
        }
    }
    let mut out = String::new();
    put(nodes, &mut out);
    if nodes.len() == 1 {
        out
    } else {
        format!("<div>{out}</div>")
    }
}

/// Text made of what is dangerous: Markdown, HTML, our own marks, odd characters.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[a-z ]{0,8}",
        1 => any::<char>().prop_map(String::from),
        4 => prop::sample::select(vec![
            "\n", "\n\n", "\r\n", "\r", "\t", "  ", "\\", "`", "```", "~~~\n", "```trail-entry\n{\"a\":1}\n```\n",
            "- ", "1. ", "> ", "# ", "**", "*", "_", "~~", "| a | b |\n|---|---|\n", "[x](https://e.example/?a=\"b\"&c)",
            "![i](http://e.example/i.png)", "[x](javascript:alert(1))", "<b>", "</b>", "<p>", "</p>", "<br>", "&amp;", "&nbsp;",
            "&#0;", "<!--", "-->", "<details><summary>Sealed entry 1</summary>\n\n", "\n\n</details>\n", "<pre><code>",
            "</code></pre>", "trail-text 1 ", "<script>", "</script>", "\u{200b}", "\u{feff}", "\u{a0}", "\u{202e}", "\0",
            "\u{1}", "\u{7f}", "\u{85}", "\u{2028}", "\u{fffd}", "\u{ffff}", "- [ ] ", "- [x] AC-1: a\n", "[r]: /x\n", "---\n", "===\n", "    code\n", "<https://e.example>",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn every_text_is_read_back_byte_for_byte(text in text()) {
        for form in FORMS {
            let html = write(&text, form);
            let back = read(&html, form);
            prop_assert_eq!(&back, &Carried { text: text.clone(), whole: true }, "{:?} {}", form, html);
            let piped = piped(&parse(&html));
            let back = read(&piped, form);
            prop_assert_eq!(&back, &Carried { text: text.clone(), whole: true }, "piped {:?} {}", form, piped);
        }
    }

    #[test]
    fn no_text_brings_a_tag_of_its_own(text in text()) {
        fn sound(nodes: &[Node]) -> bool {
            nodes.iter().all(|node| match node {
                Node::Text(_) => true,
                Node::Element(own) => {
                    let known = ["p", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "a", "br", "hr", "blockquote",
                        "table", "tbody", "tr", "td", "h1", "h2", "h3", "h4", "h5", "h6"].contains(&own.name.as_str());
                    let attributes = own.attributes.iter().all(|(name, value)| match name.as_str() {
                        "href" => ["https://", "http://", "mailto:"].iter().any(|scheme| value.starts_with(scheme)),
                        "start" => value.bytes().all(|byte| byte.is_ascii_digit()),
                        _ => false,
                    });
                    known && attributes && sound(&own.children)
                }
            })
        }
        for form in FORMS {
            let html = write(&text, form);
            prop_assert!(sound(&parse(&html)), "{}", html);
        }
    }

    #[test]
    fn any_html_is_read_and_always_the_same(html in text()) {
        let once = markdown(&parse(&html));
        prop_assert_eq!(&once, &markdown(&parse(&html)));
        for form in FORMS {
            let _ = read(&html, form);
        }
    }

    #[test]
    fn a_changed_carrier_is_never_believed(text in text(), at in any::<prop::sample::Index>(), to in "[A-Za-z0-9<>&;/ ]") {
        let html = write(&text, Form::Comment);
        let from = html.find("trail-text 1 ").unwrap_or(0);
        let spots: Vec<usize> = html.char_indices().map(|(own, _)| own).filter(|own| *own >= from).collect();
        prop_assume!(!spots.is_empty());
        let spot = spots[at.index(spots.len())];
        let end = spot + html[spot..].chars().next().unwrap().len_utf8();
        let mut changed = html.clone();
        changed.replace_range(spot..end, &to);
        let back = read(&changed, Form::Comment);
        // Either it shows that it was changed, or what it says is what it shows.
        let shown = markdown(&parse(&changed));
        let again = markdown(&parse(&write(&back.text, Form::Comment)));
        prop_assert!(!back.whole || back.text == shown || again == shown, "{}", changed);
    }
}

#[test]
fn drafts_of_items_survive_planes_pipeline_as_the_same_criteria() {
    let word = "[a-z]{1,6}( [a-z]{1,6}){0,4}";
    let strategy = (
        prop::collection::vec(word, 1..6),
        prop::collection::vec("[a-z]{1,5}/\\*\\*", 1..3),
    );
    let mut runner = proptest::test_runner::TestRunner::default();
    runner
        .run(&strategy, |(texts, write_paths)| {
            let lines: Vec<String> = texts
                .iter()
                .enumerate()
                .map(|(at, own)| format!("- AC-{}: it shall {own}", at + 1))
                .collect();
            let paths: Vec<String> = write_paths.iter().map(|own| format!("- `{own}`")).collect();
            let body = format!(
                "Some words.\n\n## Acceptance criteria\n\n{}\n\n## Scope\n\n### Write\n\n{}\n\n## Risk\n\nlow\n",
                lines.join("\n"),
                paths.join("\n")
            );
            let html = write(&body, Form::Body);
            prop_assert!(!html.contains("trail-text"), "{}", html);
            let back = read(&piped(&parse(&html)), Form::Body).text;
            prop_assert_eq!(&back, &body);
            prop_assert_eq!(criteria::parse(&back), criteria::parse(&body));
            // Plane's editor puts classes everywhere when somebody saves the item there.
            let saved = html.replace("<p>", "<p class=\"editor-paragraph-block\">").replace("<ul>", "<ul class=\"list-disc\">");
            prop_assert_eq!(&read(&saved, Form::Body).text, &body);
            Ok(())
        })
        .unwrap();
}
