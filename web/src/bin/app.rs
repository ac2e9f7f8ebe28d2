//! Starts the page.

fn main() {
    graphkeep_web::app::start();
}
