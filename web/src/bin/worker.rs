//! Starts a worker.

fn main() {
    graphkeep_web::worker::start();
}
