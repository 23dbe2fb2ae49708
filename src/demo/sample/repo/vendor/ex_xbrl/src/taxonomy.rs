//! Taxonomies: which concepts there are and what each of them takes.
//!
//! The period of a concept is not part of this table: whether a figure is a stock or a flow is for
//! the preparer's standard to say.

use crate::error::Error;

/// A set of concepts under one namespace.
#[derive(Debug)]
pub struct Taxonomy {
    /// The prefix its concepts are written with.
    pub prefix: &'static str,
    /// The namespace.
    pub namespace: &'static str,
    /// Where its entry point is.
    pub schema: &'static str,
    /// The concepts.
    pub concepts: &'static [Concept],
}

/// One concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concept {
    /// Its local name.
    pub name: &'static str,
    /// What it takes.
    pub item_type: ItemType,
}

/// What a concept takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemType {
    /// A text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A number with a unit.
    Numeric,
}

impl Taxonomy {
    /// Returns the concept of that name.
    pub fn concept(&self, name: &str) -> Result<Concept, Error> {
        self.concepts
            .iter()
            .find(|concept| concept.name == name)
            .copied()
            .ok_or_else(|| Error::NoConcept(name.to_owned()))
    }
}

const fn text(name: &'static str) -> Concept {
    Concept {
        name,
        item_type: ItemType::Text,
    }
}

const fn boolean(name: &'static str) -> Concept {
    Concept {
        name,
        item_type: ItemType::Boolean,
    }
}

const fn numeric(name: &'static str) -> Concept {
    Concept {
        name,
        item_type: ItemType::Numeric,
    }
}

/// The concepts that small companies report. The namespace is this sample's own.
pub const ESRS: Taxonomy = Taxonomy {
    prefix: "esrs",
    namespace: "https://example.org/taxonomy/esrs/2024-12-31",
    schema: "https://example.org/taxonomy/esrs/2024-12-31/esrs_all.xsd",
    concepts: &[
        text("BasisForPreparation"),
        text("NameOfReportingEntity"),
        boolean("TransitionPolicyInPlace"),
        boolean("CodeOfConductInPlace"),
        numeric("EnergyConsumption"),
        numeric("InstalledPowerOfOwnGeneration"),
        numeric("GrossScope1GreenhouseGasEmissions"),
        numeric("EmissionOfPollutants"),
        numeric("AreaOfSitesNearBiodiversitySensitiveAreas"),
        numeric("SealedArea"),
        numeric("WaterWithdrawal"),
        numeric("WaterStored"),
        numeric("WasteGenerated"),
        numeric("NumberOfEmployeesHeadCount"),
        numeric("NumberOfRecordableWorkRelatedAccidents"),
        numeric("AverageTrainingHoursPerEmployee"),
        numeric("GenderPayGap"),
        numeric("FinesForCorruptionAndBribery"),
    ],
};
