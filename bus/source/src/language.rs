//! Which language a file is written in, and by which grammar it is parsed.

use crate::Language;

/// Returns a file's language by its ending; what is not known is [`Language::Text`].
#[must_use]
pub fn language(path: &str) -> Language {
    match ending(path) {
        Some("rs") => Language::Rust,
        Some("py" | "pyi") => Language::Python,
        Some("js" | "jsx" | "mjs" | "cjs") => Language::JavaScript,
        Some("ts" | "tsx" | "mts" | "cts") => Language::TypeScript,
        Some("go") => Language::Go,
        Some("java") => Language::Java,
        Some("ex" | "exs") => Language::Elixir,
        Some("md" | "markdown") => Language::Markdown,
        Some(_) | None => Language::Text,
    }
}

/// Returns the last segment of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Returns the ending of a path, if it is one of the known ones; case does not count.
fn ending(path: &str) -> Option<&'static str> {
    const KNOWN: [&str; 17] = [
        "rs", "py", "pyi", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "go", "java",
        "ex", "exs", "md", "markdown",
    ];
    let (_, ending) = file_name(path).rsplit_once('.')?;
    KNOWN
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(ending))
}

/// A grammar. TypeScript has two: with JSX, `<T>x` is no cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grammar {
    Rust,
    Python,
    JavaScript,
    TypeScript,
    Tsx,
    Go,
    Java,
    Elixir,
}

impl Grammar {
    /// How many there are.
    pub(crate) const COUNT: usize = 8;

    /// Returns the grammar of a file; none for what has none.
    pub(crate) fn of(path: &str) -> Option<Self> {
        match language(path) {
            Language::Rust => Some(Self::Rust),
            Language::Python => Some(Self::Python),
            Language::JavaScript => Some(Self::JavaScript),
            Language::TypeScript if ending(path) == Some("tsx") => Some(Self::Tsx),
            Language::TypeScript => Some(Self::TypeScript),
            Language::Go => Some(Self::Go),
            Language::Java => Some(Self::Java),
            Language::Elixir => Some(Self::Elixir),
            Language::Markdown | Language::Text => None,
        }
    }

    /// Returns the grammar as the parser takes it.
    pub(crate) fn load(self) -> tree_sitter::Language {
        match self {
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
            Self::Python => tree_sitter_python::LANGUAGE.into(),
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Self::Go => tree_sitter_go::LANGUAGE.into(),
            Self::Java => tree_sitter_java::LANGUAGE.into(),
            Self::Elixir => tree_sitter_elixir::LANGUAGE.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_decides_whatever_its_case() {
        let table = [
            ("src/a.rs", Language::Rust),
            ("A.PY", Language::Python),
            ("a.d.ts", Language::TypeScript),
            ("a.tsx", Language::TypeScript),
            ("a.cjs", Language::JavaScript),
            ("x.y/go", Language::Text),
            ("x/a.go", Language::Go),
            ("A.java", Language::Java),
            ("a.exs", Language::Elixir),
            ("README.md", Language::Markdown),
            ("a.rb", Language::Text),
            ("", Language::Text),
        ];
        for (path, expected) in table {
            assert_eq!(language(path), expected, "{path}");
        }
    }
}
