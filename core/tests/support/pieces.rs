//! Files whose streams come in pieces of given sizes.

use std::io::{self, Read};
use std::iter::Cycle;
use std::vec::IntoIter;

use graphkeep_core::{FileName, Source};

use crate::support::files::Files;

/// Gives pieces of these sizes, round and round; 0 is an interruption.
pub(crate) struct Pieces<'f> {
    pub(crate) files: &'f Files,
    pub(crate) sizes: Vec<usize>,
}

pub(crate) struct Piecewise<'f> {
    bytes: &'f [u8],
    sizes: Cycle<IntoIter<usize>>,
}

impl<'f> Source for Pieces<'f> {
    type Stream = Piecewise<'f>;

    fn open(&mut self, name: &FileName) -> io::Result<(Piecewise<'f>, u64)> {
        let (bytes, size) = (&mut &*self.files).open(name)?;
        Ok((Piecewise { bytes, sizes: self.sizes.clone().into_iter().cycle() }, size))
    }
}

impl Read for Piecewise<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.sizes.next().expect("there is a size") {
            0 => Err(io::ErrorKind::Interrupted.into()),
            size => {
                let len = buffer.len().min(size);
                self.bytes.read(&mut buffer[..len])
            }
        }
    }
}
