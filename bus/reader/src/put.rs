//! Writing line by line.

/// Writes a line or more; a string takes all text.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => { writeln!($out, $($arg)*).expect("a string takes all text") };
}
