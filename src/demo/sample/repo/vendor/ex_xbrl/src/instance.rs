//! The instance document: contexts, units and facts that refer to them.

use crate::error::Error;
use crate::period::{Kind, Period};
use crate::taxonomy::{Concept, ItemType, Taxonomy};
use crate::xml::{escaped, holdable};

/// Who reports.
#[derive(Debug, Clone)]
pub struct Entity {
    scheme: &'static str,
    identifier: String,
}

impl Entity {
    /// An entity by its legal entity identifier (ISO 17442).
    pub fn lei(identifier: &str) -> Entity {
        Entity {
            scheme: "http://standards.iso.org/iso/17442",
            identifier: identifier.to_owned(),
        }
    }
}

/// What a number counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit(String);

impl Unit {
    /// Money, by its ISO 4217 code.
    pub fn currency(code: &str) -> Unit {
        Unit(format!("iso4217:{code}"))
    }

    /// A unit of the XBRL units registry.
    pub fn utr(symbol: &str) -> Unit {
        Unit(format!("utr:{symbol}"))
    }

    /// A plain number: counts and ratios.
    pub fn pure() -> Unit {
        Unit("xbrli:pure".to_owned())
    }
}

/// Names a context of the instance that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextRef(String);

/// Names a unit of the instance that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRef(String);

/// An instance document in the making.
#[derive(Debug)]
pub struct Instance {
    entity: Entity,
    taxonomy: &'static Taxonomy,
    periods: Vec<Period>,
    units: Vec<Unit>,
    facts: Vec<String>,
}

impl Instance {
    /// Begins the document of `entity` with concepts of `taxonomy`.
    pub fn new(entity: Entity, taxonomy: &'static Taxonomy) -> Instance {
        Instance {
            entity,
            taxonomy,
            periods: Vec::new(),
            units: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// Returns the context of `period`, made when it is first asked for.
    pub fn context(&mut self, period: Period) -> ContextRef {
        ContextRef(format!("c{}", position(&mut self.periods, period)))
    }

    /// Returns the reference of `unit`, declared when it is first asked for.
    pub fn unit(&mut self, unit: Unit) -> UnitRef {
        UnitRef(format!("u{}", position(&mut self.units, unit)))
    }

    /// Adds a number, precise to `decimals` digits after the point.
    pub fn numeric(
        &mut self,
        concept: Concept,
        context: &ContextRef,
        unit: &UnitRef,
        value: &str,
        decimals: u8,
    ) -> Result<(), Error> {
        takes(concept, ItemType::Numeric)?;
        let digits = value.strip_prefix('-').unwrap_or(value);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) {
            return Err(Error::Number(value.to_owned()));
        }
        let attributes = format!(" unitRef=\"{}\" decimals=\"{decimals}\"", unit.0);
        self.fact(concept, context, &attributes, value)
    }

    /// Adds a text.
    pub fn text(
        &mut self,
        concept: Concept,
        context: &ContextRef,
        value: &str,
    ) -> Result<(), Error> {
        takes(concept, ItemType::Text)?;
        self.fact(concept, context, "", value)
    }

    /// Adds a yes or no.
    pub fn boolean(
        &mut self,
        concept: Concept,
        context: &ContextRef,
        value: bool,
    ) -> Result<(), Error> {
        takes(concept, ItemType::Boolean)?;
        self.fact(concept, context, "", if value { "true" } else { "false" })
    }

    fn fact(
        &mut self,
        concept: Concept,
        context: &ContextRef,
        attributes: &str,
        value: &str,
    ) -> Result<(), Error> {
        holdable(value)?;
        let name = format!("{}:{}", self.taxonomy.prefix, concept.name);
        self.facts.push(format!(
            "  <{name} contextRef=\"{}\"{attributes}>{}</{name}>\n",
            context.0,
            escaped(value)
        ));
        Ok(())
    }

    /// Returns the document.
    pub fn to_xml(&self) -> String {
        let Taxonomy {
            prefix,
            namespace,
            schema,
            ..
        } = self.taxonomy;
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xbrli:xbrl");
        for (name, uri) in [
            ("xbrli", "http://www.xbrl.org/2003/instance"),
            ("link", "http://www.xbrl.org/2003/linkbase"),
            ("xlink", "http://www.w3.org/1999/xlink"),
            ("iso4217", "http://www.xbrl.org/2003/iso4217"),
            ("utr", "http://www.xbrl.org/2009/utr"),
            (*prefix, *namespace),
        ] {
            out.push_str(&format!("\n    xmlns:{name}=\"{}\"", escaped(uri)));
        }
        out.push_str(">\n");
        out.push_str(&format!(
            "  <link:schemaRef xlink:type=\"simple\" xlink:href=\"{}\"/>\n",
            escaped(schema)
        ));
        for (index, period) in self.periods.iter().enumerate() {
            out.push_str(&self.context_xml(index, period));
        }
        for (index, unit) in self.units.iter().enumerate() {
            let measure = escaped(&unit.0);
            out.push_str(&format!(
                "  <xbrli:unit id=\"u{index}\"><xbrli:measure>{measure}</xbrli:measure></xbrli:unit>\n"
            ));
        }
        for fact in &self.facts {
            out.push_str(fact);
        }
        out.push_str("</xbrli:xbrl>\n");
        out
    }

    fn context_xml(&self, index: usize, period: &Period) -> String {
        let period = match &period.0 {
            Kind::Instant(date) => format!("<xbrli:instant>{date}</xbrli:instant>"),
            Kind::Duration(from, to) => format!(
                "<xbrli:startDate>{from}</xbrli:startDate><xbrli:endDate>{to}</xbrli:endDate>"
            ),
        };
        format!(
            "  <xbrli:context id=\"c{index}\">\n    <xbrli:entity><xbrli:identifier scheme=\"{}\">{}\
             </xbrli:identifier></xbrli:entity>\n    <xbrli:period>{period}</xbrli:period>\n  \
             </xbrli:context>\n",
            self.entity.scheme,
            escaped(&self.entity.identifier)
        )
    }
}

fn position<T: PartialEq>(known: &mut Vec<T>, wanted: T) -> usize {
    if let Some(index) = known.iter().position(|item| *item == wanted) {
        return index;
    }
    known.push(wanted);
    known.len() - 1
}

fn takes(concept: Concept, given: ItemType) -> Result<(), Error> {
    if concept.item_type == given {
        return Ok(());
    }
    let expected = match concept.item_type {
        ItemType::Text => "a text",
        ItemType::Boolean => "true or false",
        ItemType::Numeric => "a number with a unit",
    };
    Err(Error::Type {
        concept: concept.name,
        expected,
    })
}
