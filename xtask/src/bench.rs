use anyhow::Result;
pub(crate) fn bench() -> Result<()> {
    todo!()
}
