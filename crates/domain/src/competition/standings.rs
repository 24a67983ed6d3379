//! Who stands where: exact ranks while everybody moves.
