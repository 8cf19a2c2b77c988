//! The `silhouette` program; everything it does lives in the library.

fn main() -> std::process::ExitCode {
    silhouette::cli::main()
}
