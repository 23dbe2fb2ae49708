//! Annotations that link an artifact to the acceptance criterion of a work item.
//!
//! ```ignore
//! #[test]
//! #[trail::validates(work_item = "PROJ-1234", criterion = "AC-3")]
//! fn a_flow_has_a_duration() { /* ... */ }
//! ```
//!
//! The macros check their arguments when the code is compiled and give the item back unchanged:
//! they cost nothing at run time. `trail` reads the annotations from the source; because they stand
//! on the item itself, the link survives renaming and moving it. An item may carry several.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// Says that the test below validates a criterion.
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

fn checked(annotation: &str, arguments: TokenStream, item: TokenStream) -> TokenStream {
    match check(arguments) {
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

fn check(arguments: TokenStream) -> Result<(), Fault> {
    let (mut work_item, mut criterion) = (false, false);
    let mut tokens = arguments.into_iter();
    while let Some(token) = tokens.next() {
        let at = token.span();
        let TokenTree::Ident(name) = token else {
            return Err(Fault {
                at,
                reason: format!("expected an argument's name, found `{token}`"),
            });
        };
        match tokens.next() {
            Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => {}
            _ => {
                return Err(Fault {
                    at,
                    reason: format!("expected `=` after `{name}`"),
                })
            }
        }
        let Some(value) = tokens.next() else {
            return Err(Fault {
                at,
                reason: format!("`{name}` has no value"),
            });
        };
        let at_value = value.span();
        let Some(text) = string(&value) else {
            return Err(Fault {
                at: at_value,
                reason: format!("`{name}` takes a string"),
            });
        };
        let (seen, good) = match name.to_string().as_str() {
            "work_item" => (&mut work_item, is_key(&text, false)),
            "criterion" => (&mut criterion, is_key(&text, true)),
            other => {
                let reason = format!("unknown argument `{other}`");
                return Err(Fault { at, reason });
            }
        };
        if !good {
            return Err(Fault {
                at: at_value,
                reason: format!("`{text}` cannot be a {name}"),
            });
        }
        if std::mem::replace(seen, true) {
            return Err(Fault {
                at,
                reason: format!("`{name}` is given twice"),
            });
        }
        match tokens.next() {
            None => break,
            Some(TokenTree::Punct(punct)) if punct.as_char() == ',' => {}
            Some(other) => {
                return Err(Fault {
                    at: other.span(),
                    reason: "expected `,`".to_owned(),
                });
            }
        }
    }
    for (seen, name) in [(work_item, "work_item"), (criterion, "criterion")] {
        if !seen {
            return Err(Fault {
                at: Span::call_site(),
                reason: format!("`{name}` is missing"),
            });
        }
    }
    Ok(())
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

/// Tells whether `text` has the form `PROJ-12`, for criteria exactly `AC-3`. GitHub's `owner/repo#12`
/// and `#12` are work items too.
fn is_key(text: &str, criterion: bool) -> bool {
    let number = |part: &str| {
        part.bytes().all(|b| b.is_ascii_digit()) && part.bytes().next().is_some_and(|b| b != b'0')
    };
    if criterion {
        return text.strip_prefix("AC-").is_some_and(number);
    }
    let word = |part: &str| {
        part.bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric())
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    if let Some((place, digits)) = text.split_once('#') {
        let named = place
            .split_once('/')
            .is_some_and(|(owner, repository)| word(owner) && word(repository));
        return number(digits) && (place.is_empty() || named);
    }
    text.rsplit_once('-')
        .is_some_and(|(project, digits)| word(project) && number(digits))
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
