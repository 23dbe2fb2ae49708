//! Annotations that link an artifact to acceptance criteria of a work item.
//!
//! ```
//! #[test]
//! #[trail::validates(work_item = "PROJ-1234", criterion = "AC-3")]
//! fn a_flow_has_a_duration() { /* ... */ }
//! ```
//!
//! Several criteria are a list, `criterion = "AC-3, AC-4"` or `criterion = ["AC-3", "AC-4"]`; several
//! items are several annotations. A revision is `criterion = "AC-3@2"`, or `revision = 2` beside one criterion.
//!
//! The macros check their arguments when the code is compiled and give the item back unchanged:
//! they cost nothing at run time. `trail` reads the annotations from the source; because they stand
//! on the item itself, the link survives renaming and moving it. An item may carry several.
//! A malformed annotation does not compile:
//!
//! ```compile_fail
//! #[trail::validates(criterion = "AC-3")] // of which item?
//! fn a_flow_has_a_duration() { /* ... */ }
//! ```

#![expect(
    clippy::test_attr_in_doctest,
    reason = "the example shows where the annotation stands, it is compiled only"
)]

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// Says that the test below, or each test of the module below, validates a criterion.
#[proc_macro_attribute]
pub fn validates(arguments: TokenStream, item: TokenStream) -> TokenStream {
    checked("validates", arguments, item)
}

/// Says that the code below implements a criterion.
#[proc_macro_attribute]
pub fn implements(arguments: TokenStream, item: TokenStream) -> TokenStream {
    checked("implements", arguments, item)
}

/// Says that the text below documents a criterion.
#[proc_macro_attribute]
pub fn documents(arguments: TokenStream, item: TokenStream) -> TokenStream {
    checked("documents", arguments, item)
}

/// What is wrong with an annotation, and where.
struct Fault {
    at: Span,
    reason: String,
}

impl Fault {
    fn new(at: Span, reason: impl Into<String>) -> Self {
        Self {
            at,
            reason: reason.into(),
        }
    }
}

fn checked(annotation: &str, arguments: TokenStream, item: TokenStream) -> TokenStream {
    match read(arguments).and_then(check) {
        Ok(()) => item,
        Err(Fault { at, reason }) => {
            let usage = format!(
                "{reason}; write #[trail::{annotation}(work_item = \"PROJ-1234\", criterion = \"AC-3\")]"
            );
            let mut out = compile_error(at, &usage);
            out.extend(item);
            out
        }
    }
}

/// The arguments as they are written.
#[derive(Default)]
struct Arguments {
    work_item: Option<(String, Span)>,
    /// Each criterion with its place; none if the argument is missing.
    criteria: Option<Vec<(String, Span)>>,
    revision: Option<(String, Span)>,
}

fn read(arguments: TokenStream) -> Result<Arguments, Fault> {
    let mut read = Arguments::default();
    let mut tokens = arguments.into_iter();
    while let Some(token) = tokens.next() {
        let at = token.span();
        let TokenTree::Ident(name) = token else {
            let reason = format!("expected an argument's name, found `{token}`");
            return Err(Fault::new(at, reason));
        };
        match tokens.next() {
            Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => {}
            _ => return Err(Fault::new(at, format!("expected `=` after `{name}`"))),
        }
        let Some(value) = tokens.next() else {
            return Err(Fault::new(at, format!("`{name}` has no value")));
        };
        let twice = match name.to_string().as_str() {
            "work_item" => read.work_item.replace(work_item(&value)?).is_some(),
            "criterion" => read.criteria.replace(criteria(&value)?).is_some(),
            "revision" => {
                let text = value.to_string();
                read.revision.replace((text, value.span())).is_some()
            }
            other => return Err(Fault::new(at, format!("unknown argument `{other}`"))),
        };
        if twice {
            return Err(Fault::new(at, format!("`{name}` is given twice")));
        }
        match tokens.next() {
            None => break,
            Some(TokenTree::Punct(punct)) if punct.as_char() == ',' => {}
            Some(other) => return Err(Fault::new(other.span(), "expected `,`")),
        }
    }
    Ok(read)
}

fn work_item(value: &TokenTree) -> Result<(String, Span), Fault> {
    match string(value) {
        Some(text) => Ok((text, value.span())),
        None => Err(Fault::new(value.span(), "`work_item` takes a string")),
    }
}

/// Reads `"AC-3"`, `"AC-3, AC-4"` or `["AC-3", "AC-4"]`.
fn criteria(value: &TokenTree) -> Result<Vec<(String, Span)>, Fault> {
    let refused = |at| Fault::new(at, "`criterion` takes a string or a list of strings");
    if let Some(text) = string(value) {
        let parts = text
            .split(',')
            .map(|part| (part.trim().to_owned(), value.span()));
        return Ok(parts.collect());
    }
    let TokenTree::Group(group) = value else {
        return Err(refused(value.span()));
    };
    if group.delimiter() != Delimiter::Bracket {
        return Err(refused(value.span()));
    }
    let mut named = Vec::new();
    let mut tokens = group.stream().into_iter();
    while let Some(token) = tokens.next() {
        let text = string(&token).ok_or_else(|| refused(token.span()))?;
        named.push((text, token.span()));
        match tokens.next() {
            None => break,
            Some(TokenTree::Punct(punct)) if punct.as_char() == ',' => {}
            Some(other) => return Err(refused(other.span())),
        }
    }
    Ok(named)
}

/// Checks what the arguments name.
fn check(arguments: Arguments) -> Result<(), Fault> {
    let missing = |name| Fault::new(Span::call_site(), format!("`{name}` is missing"));
    let (work_item, at) = arguments.work_item.ok_or_else(|| missing("work_item"))?;
    if !is_work_item(&work_item) {
        let reason = format!("`{work_item}` cannot be a work item");
        return Err(Fault::new(at, reason));
    }
    let criteria = arguments.criteria.ok_or_else(|| missing("criterion"))?;
    if criteria.is_empty() {
        return Err(Fault::new(Span::call_site(), "no criterion is named"));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (text, at) in &criteria {
        let Some(id) = criterion_id(text) else {
            return Err(Fault::new(*at, format!("`{text}` cannot be a criterion")));
        };
        if seen.contains(&id) {
            return Err(Fault::new(*at, format!("`{id}` is named twice")));
        }
        seen.push(id);
    }
    let Some((revision, at)) = arguments.revision else {
        return Ok(());
    };
    if !is_revision(&revision) {
        let reason = format!("`{revision}` cannot be a revision");
        return Err(Fault::new(at, reason));
    }
    match criteria.as_slice() {
        [(text, _)] if text.contains('@') => {
            let reason = format!("`{text}` names its revision already");
            Err(Fault::new(at, reason))
        }
        [_] => Ok(()),
        _ => {
            let reason = "a revision goes with one criterion, in a list it is written \"AC-3@2\"";
            Err(Fault::new(at, reason))
        }
    }
}

/// Returns the text of a plain string literal. Escapes have no place in keys and are refused.
fn string(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Literal(literal) => {
            let source = literal.to_string();
            let text = source.strip_prefix('"')?.strip_suffix('"')?;
            (!text.contains(['\\', '"'])).then(|| text.to_owned())
        }
        // A macro may have put the literal into an invisible group.
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            let mut inner = group.stream().into_iter();
            let text = string(&inner.next()?);
            text.filter(|_| inner.next().is_none())
        }
        TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Punct(_) => None,
    }
}

/// Tells whether `text` is a work item's key: Plane's and Jira's `PROJ-12`, GitHub's `owner/repo#12`
/// and `#12`.
fn is_work_item(text: &str) -> bool {
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    if let Some((place, digits)) = text.split_once('#') {
        let named = place
            .split_once('/')
            .is_some_and(|(owner, repository)| word(owner) && word(repository));
        return is_number(digits) && (place.is_empty() || named);
    }
    text.rsplit_once('-')
        .is_some_and(|(project, digits)| word(project) && is_number(digits))
}

/// Returns the id of `AC-3` or `AC-3@2`.
fn criterion_id(text: &str) -> Option<&str> {
    let (id, revision) = match text.split_once('@') {
        Some((id, revision)) => (id, Some(revision)),
        None => (text, None),
    };
    let digits = id.strip_prefix("AC-")?;
    let good = digits == "0" || digits.len() <= 4 && is_number(digits);
    (good && revision.map(is_revision) != Some(false)).then_some(id)
}

/// Tells whether `text` is a revision: a number from 1 to 999,999,999.
fn is_revision(text: &str) -> bool {
    text.len() <= 9 && is_number(text)
}

/// Tells whether `text` is a number from 1, written without zeros before it.
fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0') && !text.is_empty()
}

/// Returns `::core::compile_error! { "reason" }`, shown at `at`.
fn compile_error(at: Span, reason: &str) -> TokenStream {
    let mut text = Literal::string(reason);
    text.set_span(at);
    let message = TokenStream::from(TokenTree::Literal(text));
    let mut body = Group::new(Delimiter::Brace, message);
    body.set_span(at);
    let colon = |spacing| TokenTree::Punct(Punct::new(':', spacing));
    let mut tokens = vec![colon(Spacing::Joint), colon(Spacing::Alone)];
    tokens.push(Ident::new("core", at).into());
    tokens.extend([colon(Spacing::Joint), colon(Spacing::Alone)]);
    tokens.push(Ident::new("compile_error", at).into());
    tokens.push(Punct::new('!', Spacing::Alone).into());
    tokens.push(body.into());
    let mut stream = TokenStream::new();
    stream.extend(tokens.into_iter().map(|mut token| {
        token.set_span(at);
        token
    }));
    stream
}
