//! stub
use domain::measure::Day;
use domain::programme::Programme;
use store::competition::Stored;
use store::{Db, StoreError};
pub(super) async fn ask_day(
    _db: &mut Db,
    _job: i64,
    _programme: &Programme,
    _stored: &Stored,
    _day: Day,
) -> Result<(), StoreError> {
    Ok(())
}
