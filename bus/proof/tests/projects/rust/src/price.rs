/// Returns the price.
pub fn price(n: u64) -> u64 {
    n * 3
}

#[cfg(test)]
#[path = "checks.rs"]
mod tests;
