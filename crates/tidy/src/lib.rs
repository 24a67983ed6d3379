//! The house rules, as tests. The library is empty; `tests/house` reads the repository's files.
