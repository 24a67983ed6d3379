//! What a book is told, and what it answers. Plain values: a journal of commands with their times is all there is to
//! make the same day again.

use serde::{Deserialize, Serialize};

use super::{AccountNo, Class, MemberNo, Mode, Net, OrderNo, Side};
use crate::measure::Day;

/// How long an order waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Tif {
    /// Until the day closes.
    #[default]
    Day,
    /// Not at all: what cannot be traded at once is cancelled.
    Ioc,
    /// Not at all, and only the whole of it.
    Fok,
}

/// How the price of an auction is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pricing {
    /// All winners pay the lowest winning bid.
    Uniform,
    /// Each winner pays its bid.
    PayAsBid,
}

/// What is held in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Asset {
    /// Minor units of the profile's currency.
    Money,
    /// Tonnes of the instrument.
    Units,
}

/// An order for the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Whose units and money.
    pub account: AccountNo,
    /// Which side.
    pub side: Side,
    /// How many tonnes.
    pub tonnes: u32,
    /// Limit, minor units a tonne. Without one the order takes what the band allows, at once, and never waits.
    pub price_minor: Option<u32>,
    /// How long it waits.
    #[serde(default)]
    pub tif: Tif,
    /// Whether it is cancelled when its member's line goes.
    #[serde(default)]
    pub on_disconnect: bool,
}

/// One step of a market's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// A member's account; it gets the next number.
    Admit {
        /// Whose.
        member: MemberNo,
        /// What kind of owner.
        class: Class,
    },
    /// Money or units came in from outside.
    Deposit {
        /// Where to.
        account: AccountNo,
        /// What.
        asset: Asset,
        /// Minor units or tonnes, more than none.
        amount: i64,
        /// Units that can be sold from a day on: those bought within the resale delay before this book began.
        saleable_from: Option<Day>,
    },
    /// Money or units leave; only what is free.
    Withdraw {
        /// Where from.
        account: AccountNo,
        /// What.
        asset: Asset,
        /// Minor units or tonnes, more than none.
        amount: i64,
    },
    /// A trading day begins: its hours and band are set, and what was bought becomes saleable.
    Open {
        /// The day.
        day: Day,
    },
    /// The call ends: orders meet at one price.
    Uncross,
    /// The day ends: orders expire, what was traded is settled, the close is set.
    CloseDay,
    /// Nothing trades until `Resume`; orders can be cancelled.
    Halt,
    /// Trading goes on.
    Resume,
    /// Everything of a member is cancelled, and nothing new is taken.
    Kill {
        /// Whose.
        member: MemberNo,
    },
    /// A member that was stopped may trade again.
    Revive {
        /// Whose.
        member: MemberNo,
    },
    /// A member's line went: orders that asked for it are cancelled.
    Disconnect {
        /// Whose.
        member: MemberNo,
    },
    /// An order for the book.
    Place(Place),
    /// Listing: trades with an order that is shown, at its price.
    Pick {
        /// Who picks.
        account: AccountNo,
        /// Which order.
        order: OrderNo,
        /// How many of its tonnes.
        tonnes: u32,
    },
    /// Takes back an order, a block proposal or a bid.
    Cancel {
        /// Its account.
        account: AccountNo,
        /// Its number.
        order: OrderNo,
    },
    /// Block: proposes a trade to another account.
    Propose {
        /// Who proposes.
        account: AccountNo,
        /// To whom.
        to: AccountNo,
        /// The proposer's side.
        side: Side,
        /// Minor units a tonne.
        price_minor: u32,
        /// How many tonnes.
        tonnes: u32,
    },
    /// Block: the other side states the same terms, and the trade is made.
    Confirm {
        /// Who confirms.
        account: AccountNo,
        /// The proposal.
        order: OrderNo,
        /// The confirmer's side.
        side: Side,
        /// Minor units a tonne.
        price_minor: u32,
        /// How many tonnes.
        tonnes: u32,
    },
    /// One-way auction: a seller offers units from a floor up.
    OpenAuction {
        /// The seller.
        account: AccountNo,
        /// How many tonnes.
        tonnes: u32,
        /// The lowest price, minor units a tonne.
        floor_minor: u32,
        /// Bids are taken until then, microseconds since the epoch.
        until_us: i64,
        /// How the price is set; as the profile says if absent.
        pricing: Option<Pricing>,
    },
    /// A sealed bid in the auction.
    Bid {
        /// Who bids.
        account: AccountNo,
        /// How many tonnes.
        tonnes: u32,
        /// Minor units a tonne.
        price_minor: u32,
    },
    /// The auction's time is over: the best bids win.
    CloseAuction,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accepted {
    /// An order, proposal, auction or bid has this number.
    Order(OrderNo),
    /// An account has this number.
    Account(AccountNo),
    /// A day closed at this price, if there ever was one.
    Closed(Option<u32>),
    /// It is done.
    Done,
}

/// A trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// Counted from 1 over the life of the instrument.
    pub number: u64,
    /// In which mode.
    pub mode: Mode,
    /// Minor units a tonne.
    pub price_minor: u32,
    /// Tonnes.
    pub tonnes: u32,
    /// Who buys.
    pub buyer: AccountNo,
    /// Who sells.
    pub seller: AccountNo,
    /// The buyer's order. In a pick it is the picking's number.
    pub buy: OrderNo,
    /// The seller's order.
    pub sell: OrderNo,
    /// The side that came later and met a standing order; none where both stood, as in auctions.
    pub taker: Option<Side>,
}

impl Trade {
    /// What the units cost, minor units, without fees.
    pub const fn value_minor(&self) -> i64 {
        self.price_minor as i64 * self.tonnes as i64
    }
}

/// What a posting does to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// From outside to free.
    Deposit,
    /// From free to outside.
    Withdraw,
    /// From free to frozen.
    Freeze,
    /// From frozen to free.
    Release,
    /// From frozen to another account or, fees, to the exchange.
    Pay,
    /// From another account to free.
    Receive,
    /// From another account or outside to locked, saleable from a day on.
    Lock(Day),
    /// From locked to free: the day has come.
    Unlock,
}

/// A movement within or between accounts. Replayed in order they give every balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The account.
    pub account: AccountNo,
    /// What moves.
    pub asset: Asset,
    /// Where it moves.
    pub step: Step,
    /// Minor units or tonnes, more than none.
    pub amount: i64,
    /// The order that caused it; none for deposits and what the day's end nets.
    pub order: Option<OrderNo>,
}

/// Why an order has gone without being traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// Its owner took it back.
    Cancelled,
    /// It did not want to wait.
    Unfilled,
    /// It met an order of the same member.
    SelfTrade,
    /// Its owner was stopped.
    Killed,
    /// Its owner's line went.
    Disconnected,
    /// The day closed.
    Expired,
    /// Others bid more, or nobody bid.
    Outbid,
    /// The auction was called off.
    CalledOff,
}

/// An order, or the rest of one, that has gone without being traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    /// Which.
    pub order: OrderNo,
    /// How many tonnes were not traded.
    pub tonnes: u32,
    /// Why.
    pub why: Gone,
}

/// What a command led to. Either `accepted` or `refused` is there; a refused command has nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// What was done.
    pub accepted: Option<Accepted>,
    /// Why not.
    pub refused: Option<Refused>,
    /// Trades, in order.
    pub trades: Vec<Trade>,
    /// Orders that have gone.
    pub cancelled: Vec<Cancelled>,
    /// Movements, in order.
    pub postings: Vec<Posting>,
    /// Closing a day with settlement at its end: what each account gave and got, fees included. Where every trade is
    /// settled at once, `net` says the same of the day's trades.
    pub nets: Vec<Net>,
}

impl Outcome {
    pub(super) fn clear(&mut self) {
        self.accepted = None;
        self.refused = None;
        self.trades.clear();
        self.cancelled.clear();
        self.postings.clear();
        self.nets.clear();
    }

    /// The number of the order that was taken, if one was.
    pub const fn order(&self) -> Option<OrderNo> {
        match self.accepted {
            Some(Accepted::Order(order)) => Some(order),
            _ => None,
        }
    }
}

/// Why a command is refused, with the numbers that explain it. Serialised, `code` is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[allow(
    missing_docs,
    reason = "each says itself in its message, and its fields are named in it"
)]
pub enum Refused {
    #[error("the command is of {now_us} and the book has seen {last_us}")]
    ClockBack { now_us: i64, last_us: i64 },
    #[error("no trading day is open")]
    NotOpen,
    #[error("{day} is open; close it first")]
    StillOpen { day: Day },
    #[error("the holidays of {year} are not known")]
    NoCalendar { year: i16 },
    #[error("{day} is no trading day")]
    NoTradingDay { day: Day },
    #[error("{day} is not after {last}, which has closed")]
    DayPassed { day: Day, last: Day },
    #[error("there is a price band but no last close to measure it from")]
    NoReference,
    #[error("trading goes on until {until_us}")]
    StillTrading { until_us: i64 },
    #[error("the market has no {}", .mode.word())]
    ModeNotAllowed { mode: Mode },
    #[error("{} is closed at {now_us}", .mode.word())]
    OutsideHours {
        mode: Mode,
        now_us: i64,
        opens_us: Option<i64>,
    },
    #[error("such an order is not taken in {}", .mode.word())]
    KindNotInMode { mode: Mode },
    #[error("trading is halted")]
    Halted,
    #[error("trading is not halted")]
    NotHalted,
    #[error("the call has not been uncrossed")]
    CallPending,
    #[error("there is no call to uncross")]
    NoCall,
    #[error("member {} is stopped", .member.0)]
    Killed { member: MemberNo },
    #[error("member {} is not stopped", .member.0)]
    NotKilled { member: MemberNo },
    #[error("owners of this kind do not trade here")]
    NotEligible { class: Class },
    #[error("there is no account {}", .account.0)]
    UnknownAccount { account: AccountNo },
    #[error("there is no open order {}", .order.0)]
    UnknownOrder { order: OrderNo },
    #[error("order {} is another account's", .order.0)]
    NotYours { order: OrderNo },
    #[error("not a number that is understood")]
    Unreadable,
    #[error("a price is not finer than a minor unit of money")]
    BelowMinor,
    #[error("{price_minor} is no positive multiple of the tick {tick_minor}")]
    OffTick { price_minor: u32, tick_minor: u32 },
    #[error("a quantity is a positive number of lots of {lot_t} t")]
    OddLot { lot_t: u32 },
    #[error("{tonnes} t is less than {min_t} t")]
    TooSmall { tonnes: u32, min_t: u32 },
    #[error("{tonnes} t is more than {max_t} t")]
    TooLarge { tonnes: u32, max_t: u32 },
    #[error("{price_minor} lies outside {low_minor} to {high_minor}")]
    OutsideBand {
        price_minor: u32,
        low_minor: u32,
        high_minor: u32,
    },
    #[error("without a band an order needs a limit")]
    NeedsLimit,
    #[error("{needed_minor} needed, {free_minor} free")]
    InsufficientMoney { needed_minor: i64, free_minor: i64 },
    #[error("{needed_t} t needed, {free_t} t free")]
    InsufficientUnits { needed_t: i64, free_t: i64 },
    #[error("{needed_t} t needed, {free_t} t free; {locked_t} t more can be sold from {from}")]
    NotYetSaleable {
        needed_t: i64,
        free_t: i64,
        locked_t: i64,
        from: Day,
    },
    #[error("both sides are member {}", .member.0)]
    SelfTrade { member: MemberNo },
    #[error("only {reachable_t} t of {tonnes} t can be traded at once")]
    NotFillable { reachable_t: u32, tonnes: u32 },
    #[error("order {} is not among the best {levels} prices", .order.0)]
    NotAmongBest { order: OrderNo, levels: u32 },
    #[error("{left_t} t are left of the order, {tonnes} t wanted")]
    MoreThanLeft { left_t: u32, tonnes: u32 },
    #[error("the proposal is made to another account")]
    NotProposedToYou { order: OrderNo },
    #[error("proposed: {} {tonnes} t at {price_minor}", if *.side == Side::Buy { "buy" } else { "sell" })]
    TermsDiffer { side: Side, price_minor: u32, tonnes: u32 },
    #[error("no auction is open")]
    NoAuction,
    #[error("an auction is open")]
    AuctionOpen,
    #[error("bids are taken until {until_us}")]
    AuctionRuns { until_us: i64 },
    #[error("the auction ended at {until_us}")]
    AuctionOver { until_us: i64 },
    #[error("an auction ends after it begins, on the day that is open")]
    AuctionEnd { until_us: i64 },
    #[error("{price_minor} is below the floor {floor_minor}")]
    BelowFloor { price_minor: u32, floor_minor: u32 },
    #[error("an amount is more than nothing and fits the books")]
    Amount,
    #[error("no more numbers today")]
    Full,
}

impl Refused {
    /// The stable code, as it is serialised.
    pub const fn code(&self) -> &'static str {
        match self {
            Refused::ClockBack { .. } => "clock_back",
            Refused::NotOpen => "not_open",
            Refused::StillOpen { .. } => "still_open",
            Refused::NoCalendar { .. } => "no_calendar",
            Refused::NoTradingDay { .. } => "no_trading_day",
            Refused::DayPassed { .. } => "day_passed",
            Refused::NoReference => "no_reference",
            Refused::StillTrading { .. } => "still_trading",
            Refused::ModeNotAllowed { .. } => "mode_not_allowed",
            Refused::OutsideHours { .. } => "outside_hours",
            Refused::KindNotInMode { .. } => "kind_not_in_mode",
            Refused::Halted => "halted",
            Refused::NotHalted => "not_halted",
            Refused::CallPending => "call_pending",
            Refused::NoCall => "no_call",
            Refused::Killed { .. } => "killed",
            Refused::NotKilled { .. } => "not_killed",
            Refused::NotEligible { .. } => "not_eligible",
            Refused::UnknownAccount { .. } => "unknown_account",
            Refused::UnknownOrder { .. } => "unknown_order",
            Refused::NotYours { .. } => "not_yours",
            Refused::Unreadable => "unreadable",
            Refused::BelowMinor => "below_minor",
            Refused::OffTick { .. } => "off_tick",
            Refused::OddLot { .. } => "odd_lot",
            Refused::TooSmall { .. } => "too_small",
            Refused::TooLarge { .. } => "too_large",
            Refused::OutsideBand { .. } => "outside_band",
            Refused::NeedsLimit => "needs_limit",
            Refused::InsufficientMoney { .. } => "insufficient_money",
            Refused::InsufficientUnits { .. } => "insufficient_units",
            Refused::NotYetSaleable { .. } => "not_yet_saleable",
            Refused::SelfTrade { .. } => "self_trade",
            Refused::NotFillable { .. } => "not_fillable",
            Refused::NotAmongBest { .. } => "not_among_best",
            Refused::MoreThanLeft { .. } => "more_than_left",
            Refused::NotProposedToYou { .. } => "not_proposed_to_you",
            Refused::TermsDiffer { .. } => "terms_differ",
            Refused::NoAuction => "no_auction",
            Refused::AuctionOpen => "auction_open",
            Refused::AuctionRuns { .. } => "auction_runs",
            Refused::AuctionOver { .. } => "auction_over",
            Refused::AuctionEnd { .. } => "auction_end",
            Refused::BelowFloor { .. } => "below_floor",
            Refused::Amount => "amount",
            Refused::Full => "full",
        }
    }
}
