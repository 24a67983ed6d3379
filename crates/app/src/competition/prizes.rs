//! stub
use crate::Refused;
use domain::programme::Programme;
use store::competition::Stored;
use store::{Db, StoreError};
pub(super) async fn set_aside(
    _db: &mut Db,
    _programme: &Programme,
    _stored: &Stored,
    _ids: &[i64],
    _now_us: i64,
) -> Result<Result<(), Refused>, StoreError> {
    Ok(Ok(()))
}
pub(super) async fn bring_back(
    _db: &mut Db,
    _programme: &Programme,
    _stored: &Stored,
    _ids: &[i64],
    _now_us: i64,
) -> Result<(), StoreError> {
    Ok(())
}
