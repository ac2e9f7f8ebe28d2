#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| graphkeep_fuzz::targets::logs::log(data));
