//! The day that is open: its hours as instants, its prices, and how it closes.

use super::{Accepted, Book, Close, Core, Gone, Mode, Outcome, Refused, Terms, Trade};
use crate::measure::Day;

/// Where a day's call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// There is none.
    None,
    /// Orders gather until then.
    Until(i64),
    /// It has met.
    Done,
}

/// Hours of a mode as instants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) mode: Mode,
    from_us: i64,
    to_us: i64,
}

/// What holds on the day that is open.
#[derive(Debug, Clone)]
pub(super) struct Today {
    pub(super) day: Day,
    windows: Vec<Window>,
    /// The book's lowest and highest price; block trades have their own.
    pub(super) prices: (u32, u32),
    pub(super) block_prices: Option<(u32, u32)>,
    /// What is bought today can be sold from then on.
    pub(super) saleable_from: Option<Day>,
    pub(super) call: Call,
    /// Sum of price times tonnes, and tonnes, of the book's trades; the last price.
    value: i128,
    tonnes: u64,
    last: Option<u32>,
}

impl Today {
    fn at(&self, now_us: i64) -> impl Iterator<Item = &Window> {
        self.windows
            .iter()
            .filter(move |window| (window.from_us..window.to_us).contains(&now_us))
    }

    /// The mode of the book at an instant.
    pub(super) fn book_mode(&self, now_us: i64) -> Option<Mode> {
        self.at(now_us)
            .map(|window| window.mode)
            .find(|mode| *mode != Mode::Block)
    }

    pub(super) fn is_open(&self, mode: Mode, now_us: i64) -> bool {
        self.at(now_us).any(|window| window.mode == mode)
    }

    pub(super) fn opens(&self, mode: Mode, now_us: i64) -> Option<i64> {
        let later = self.windows.iter().filter(|window| window.mode == mode);
        later.map(|window| window.from_us).filter(|from| *from > now_us).min()
    }

    /// Value in minor units, tonnes and last price of what the book has traded.
    pub(super) const fn traded(&self) -> (i128, u64, Option<u32>) {
        (self.value, self.tonnes, self.last)
    }

    /// Takes a trade into the day's close; block trades and auctions do not move it.
    pub(super) fn note(&mut self, trade: &Trade) {
        if !matches!(trade.mode, Mode::Block | Mode::Auction) {
            self.value += i128::from(trade.value_minor());
            self.tonnes += u64::from(trade.tonnes);
            self.last = Some(trade.price_minor);
        }
    }

    fn ends(&self) -> i64 {
        self.windows.iter().map(|window| window.to_us).max().unwrap_or(i64::MIN)
    }
}

impl Book {
    pub(super) fn today(&self) -> Result<&Today, Refused> {
        self.today.as_ref().ok_or(Refused::NotOpen)
    }

    pub(super) fn open(&mut self, day: Day, out: &mut Outcome) -> Result<Accepted, Refused> {
        if let Some(today) = &self.today {
            return Err(Refused::StillOpen { day: today.day });
        }
        if let Some(last) = self.last_day.filter(|last| day <= *last) {
            return Err(Refused::DayPassed { day, last });
        }
        if !self.calendar.knows(day) {
            return Err(Refused::NoCalendar { year: day.year() });
        }
        if !self.calendar.is_trading_day(day) {
            return Err(Refused::NoTradingDay { day });
        }
        let prices = |terms: &Terms| self.profile.prices(terms, self.last_close).ok_or(Refused::NoReference);
        let book_prices = match &self.terms {
            Some(terms) => prices(terms)?,
            None => (self.profile.tick_minor, self.profile.tick_minor),
        };
        let block_prices = self.profile.mode.get(&Mode::Block).map(prices).transpose()?;
        let mut windows = Vec::new();
        for (mode, terms) in &self.profile.mode {
            for hours in &terms.hours {
                let instant = |minutes: u16| {
                    let civil = format!("{day}T{:02}:{:02}", minutes / 60, minutes % 60);
                    self.zone.instant(&civil).unwrap_or(i64::MAX) // a civil time of a civil day is an instant
                };
                windows.push(Window {
                    mode: *mode,
                    from_us: instant(hours.from),
                    to_us: instant(hours.to),
                });
            }
        }
        let gathers = windows.iter().find(|window| window.mode == Mode::Call);
        let call = gathers.map_or(Call::None, |window| Call::Until(window.to_us));
        let saleable_from = (self.profile.resale_days > 0).then(|| self.calendar.after(day, self.profile.resale_days));
        self.core = Core::new((book_prices.1 - book_prices.0) / self.profile.tick_minor + 1);
        self.accounts.unlock(day, out);
        self.today = Some(Today {
            day,
            windows,
            prices: book_prices,
            block_prices,
            saleable_from,
            call,
            value: 0,
            tonnes: 0,
            last: None,
        });
        Ok(Accepted::Done)
    }

    pub(super) fn close_day(&mut self, now_us: i64, out: &mut Outcome) -> Result<Accepted, Refused> {
        let today = self.today()?;
        let until_us = today.ends();
        if now_us < until_us {
            return Err(Refused::StillTrading { until_us });
        }
        if self.offer.is_some() {
            return Err(Refused::AuctionOpen);
        }
        let (day, saleable_from) = (today.day, today.saleable_from);
        let close = self.closing_price(today);
        self.sweep(Gone::Expired, |_| true, out);
        self.sweep_proposals(Gone::Expired, |_| true, out);
        self.accounts.settle_day(saleable_from, out);
        self.first_order += u64::from(self.core.next_number());
        self.core = Core::new(1);
        self.calls.clear();
        self.last_close = close;
        self.last_day = Some(day);
        self.today = None;
        Ok(Accepted::Closed(close))
    }

    /// The day's close, as it would be now.
    fn closing_price(&self, today: &Today) -> Option<u32> {
        if today.tonnes <= u64::from(self.profile.close_over_t) {
            return self.last_close;
        }
        match self.profile.close {
            Close::Last => today.last,
            Close::Average => {
                // half up to a tick: (2 value + tonnes tick) / (2 tonnes tick) ticks
                let (tonnes, tick) = (i128::from(today.tonnes), i128::from(self.profile.tick_minor));
                let ticks = (2 * today.value + tonnes * tick) / (2 * tonnes * tick);
                u32::try_from(ticks * tick).ok()
            }
        }
    }
}
