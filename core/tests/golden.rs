//! Every genuine artifact, read whole and kept as a snapshot.

mod support;

use graphkeep_core::{Limits, artifact};
use support::{Folder, fixtures, names};

#[test]
fn every_fixture_reads_as_its_snapshot_says() {
    let folder = fixtures();
    let mut source = Folder(folder.clone());
    let readings: Vec<_> = names(&folder)
        .iter()
        .map(|name| artifact::read(&mut source, name, &Limits::default()))
        .collect();
    insta::assert_json_snapshot!(readings);
}
