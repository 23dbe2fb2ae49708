//! The language of queries, as far as clients use it (<https://spec.graphql.org/October2021/#sec-Language>).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A parsed request.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) operation: String,
    /// The defaults of variables.
    pub(super) defaults: Map<String, Value>,
    pub(super) selections: Vec<Selection>,
    pub(super) fragments: BTreeMap<String, (String, Vec<Selection>)>,
}

#[derive(Debug, Clone)]
pub(super) enum Selection {
    Field(Field),
    /// `... on Type { }`; without a type it takes any.
    Inline(Option<String>, Vec<Self>),
    /// `...Name`.
    Spread(String),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Field {
    pub(super) alias: Option<String>,
    pub(super) name: String,
    pub(super) arguments: BTreeMap<String, Argument>,
    pub(super) selections: Vec<Selection>,
}

impl Field {
    /// Returns the name under which it is answered.
    pub(super) fn key(&self) -> &str {
        self.alias.as_ref().unwrap_or(&self.name)
    }
}

#[derive(Debug, Clone)]
pub(super) enum Argument {
    Variable(String),
    Value(Value),
    List(Vec<Self>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    Text(String),
    Number(i64),
    Sign(char),
    Spread,
}

/// Parses a document; the error says what was met.
pub(super) fn parse(text: &str) -> Result<Document, String> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
    };
    parser.document()
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&now) = chars.get(at) {
        match now {
            ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}' => at += 1,
            '#' => {
                while chars.get(at).is_some_and(|other| *other != '\n') {
                    at += 1;
                }
            }
            '.' if chars[at..].starts_with(&['.', '.', '.']) => {
                found.push(Token::Spread);
                at += 3;
            }
            '"' => {
                let from = at;
                at += 1;
                while chars.get(at).is_some_and(|other| *other != '"') {
                    at += if chars[at] == '\\' { 2 } else { 1 };
                }
                at += 1;
                let quoted: String = chars.get(from..at).unwrap_or_default().iter().collect();
                let text = serde_json::from_str(&quoted).map_err(|error| error.to_string())?;
                found.push(Token::Text(text));
            }
            '-' | '0'..='9' => {
                let from = at;
                at += 1;
                while chars.get(at).is_some_and(char::is_ascii_digit) {
                    at += 1;
                }
                let digits: String = chars[from..at].iter().collect();
                let number = digits.parse().map_err(|_| format!("bad number {digits}"))?;
                found.push(Token::Number(number));
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let from = at;
                let part = |other: &char| other.is_ascii_alphanumeric() || *other == '_';
                while chars.get(at).is_some_and(part) {
                    at += 1;
                }
                found.push(Token::Name(chars[from..at].iter().collect()));
            }
            '{' | '}' | '(' | ')' | '[' | ']' | ':' | '!' | '$' | '=' | '@' => {
                found.push(Token::Sign(now));
                at += 1;
            }
            other => return Err(format!("unexpected {other:?}")),
        }
    }
    Ok(found)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn next(&mut self) -> Option<Token> {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned()
    }

    /// Takes a sign if it is next.
    fn take(&mut self, sign: char) -> bool {
        let is = self.tokens.get(self.at) == Some(&Token::Sign(sign));
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, sign: char) -> Result<(), String> {
        if self.take(sign) {
            return Ok(());
        }
        Err(format!(
            "expected {sign:?}, got {:?}",
            self.tokens.get(self.at)
        ))
    }

    fn name(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Name(name)) => Ok(name),
            other => Err(format!("expected a name, got {other:?}")),
        }
    }

    fn document(&mut self) -> Result<Document, String> {
        let mut document = Document::default();
        while let Some(token) = self.tokens.get(self.at).cloned() {
            match token {
                Token::Sign('{') => {
                    document.operation = "query".to_owned();
                    document.selections = self.selections()?;
                }
                Token::Name(word) if word == "fragment" => {
                    self.at += 1;
                    let name = self.name()?;
                    if self.name()? != "on" {
                        return Err("expected `on`".to_owned());
                    }
                    let of = self.name()?;
                    let selections = self.selections()?;
                    document.fragments.insert(name, (of, selections));
                }
                Token::Name(word) => {
                    self.at += 1;
                    document.operation = word;
                    if matches!(self.tokens.get(self.at), Some(Token::Name(_))) {
                        self.at += 1;
                    }
                    document.defaults = self.variables()?;
                    document.selections = self.selections()?;
                }
                other => return Err(format!("unexpected {other:?}")),
            }
        }
        Ok(document)
    }

    /// Reads `($name: [Type!]! = default ...)`; types are not checked.
    fn variables(&mut self) -> Result<Map<String, Value>, String> {
        let mut defaults = Map::new();
        if !self.take('(') {
            return Ok(defaults);
        }
        while !self.take(')') {
            self.expect('$')?;
            let name = self.name()?;
            self.expect(':')?;
            while self.take('[') {}
            self.name()?;
            while self.take(']') || self.take('!') {}
            if self.take('=')
                && let Argument::Value(value) = self.argument()?
            {
                defaults.insert(name, value);
            }
        }
        Ok(defaults)
    }

    fn selections(&mut self) -> Result<Vec<Selection>, String> {
        self.expect('{')?;
        let mut found = Vec::new();
        while !self.take('}') {
            found.push(self.selection()?);
        }
        Ok(found)
    }

    fn selection(&mut self) -> Result<Selection, String> {
        if self.tokens.get(self.at) != Some(&Token::Spread) {
            return self.field().map(Selection::Field);
        }
        self.at += 1;
        match self.tokens.get(self.at).cloned() {
            Some(Token::Name(word)) if word == "on" => {
                self.at += 1;
                let of = self.name()?;
                Ok(Selection::Inline(Some(of), self.selections()?))
            }
            Some(Token::Name(name)) => {
                self.at += 1;
                Ok(Selection::Spread(name))
            }
            _ => Ok(Selection::Inline(None, self.selections()?)),
        }
    }

    fn field(&mut self) -> Result<Field, String> {
        let mut field = Field {
            name: self.name()?,
            ..Field::default()
        };
        if self.take(':') {
            field.alias = Some(std::mem::replace(&mut field.name, self.name()?));
        }
        if self.take('(') {
            while !self.take(')') {
                let name = self.name()?;
                self.expect(':')?;
                field.arguments.insert(name, self.argument()?);
            }
        }
        if self.take('@') {
            return Err("this stand-in knows no directives".to_owned());
        }
        if self.tokens.get(self.at) == Some(&Token::Sign('{')) {
            field.selections = self.selections()?;
        }
        Ok(field)
    }

    fn argument(&mut self) -> Result<Argument, String> {
        match self.next() {
            Some(Token::Sign('$')) => self.name().map(Argument::Variable),
            Some(Token::Text(text)) => Ok(Argument::Value(json!(text))),
            Some(Token::Number(number)) => Ok(Argument::Value(json!(number))),
            Some(Token::Name(word)) => Ok(Argument::Value(match word.as_str() {
                "true" => json!(true),
                "false" => json!(false),
                "null" => Value::Null,
                _ => json!(word),
            })),
            Some(Token::Sign('[')) => {
                let mut list = Vec::new();
                while !self.take(']') {
                    list.push(self.argument()?);
                }
                Ok(Argument::List(list))
            }
            Some(Token::Sign('{')) => {
                // Only orders and filters are objects; they are read and not heard.
                while !self.take('}') {
                    self.name()?;
                    self.expect(':')?;
                    self.argument()?;
                }
                Ok(Argument::Value(Value::Null))
            }
            other => Err(format!("expected a value, got {other:?}")),
        }
    }
}
