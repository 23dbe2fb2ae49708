//! The fixed words of a report: titles and layout.

/// The disclosures of the basic module with their titles, in order.
pub(crate) const TITLES: [(&str, &str); 11] = [
    ("B1", "Basis for preparation"),
    ("B2", "Practices and policies"),
    ("B3", "Energy and greenhouse gas emissions"),
    ("B4", "Pollution of air, water and soil"),
    ("B5", "Biodiversity"),
    ("B6", "Water"),
    ("B7", "Resource use and waste"),
    ("B8", "Workforce: general characteristics"),
    ("B9", "Workforce: health and safety"),
    ("B10", "Workforce: pay and training"),
    ("B11", "Corruption and bribery"),
];

/// The head of the text output.
pub(crate) const TEXT_HEAD: &str = "\
VSME sustainability report
Entity: {entity} (LEI {lei})
Period: {from} to {to}

";

/// One disclosure of the text output.
pub(crate) const TEXT_LINE: &str = "{code}  {title}  {value}\n";

/// Returns the title of a disclosure, or what stands in its place.
pub(crate) fn title(code: &str) -> &'static str {
    TITLES
        .iter()
        .find(|(known, _)| *known == code)
        .map_or("(other disclosure)", |(_, title)| title)
}

/// Returns `template` with each `{name}` replaced by its value; values are not looked into.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').expect("templates close their braces");
        let value = values.iter().find(|(known, _)| *known == name);
        out.push_str(value.expect("templates use known names").1);
        rest = after;
    }
    out.push_str(rest);
    out
}
