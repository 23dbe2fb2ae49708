//! The sandbox's helper process by itself, for this crate's tests and for programs that embed the
//! workspace without being able to enter the sandbox themselves.

fn main() -> std::process::ExitCode {
    trail_workspace::sandbox::enter_if_asked();
    eprintln!("this program is started by Trail's sandbox and does nothing by itself");
    std::process::ExitCode::from(2)
}
