//! The symbols of `templates/icons.html` by name, and how a page gets those it uses.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A symbol of our own: the seven categories and the behaviours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it; the drawings stand in icons.html")]
pub enum Icon {
    Clothing,
    Food,
    House,
    Travel,
    Goods,
    Office,
    Finance,
    Metro,
    Bus,
    Cycling,
    Walking,
    LightsOff,
    NoTableware,
    Electricity,
    Solar,
    Carpool,
    Clothes,
    Plate,
    Box,
    Bill,
    Leaf,
    Photo,
    Gift,
    Store,
    Bottle,
    Can,
    Cinema,
    Swap,
    Battery,
    Cooling,
    Compost,
    ShirtKept,
    Desk,
    Hospital,
    Grain,
    NoCar,
    ScreenOff,
    Sheets,
    Chopsticks,
    Train,
    Plane,
    PaperCycle,
    Tag,
    EBike,
    Pay,
    Gate,
    Ticket,
    Phone,
    Carrot,
    Video,
    Dispenser,
    Water,
    Ev,
    Clock,
    Cup,
    Lunchbox,
    Needle,
    Fibre,
    Plug,
    Stairs,
    Heat,
    Fridge,
    Sofa,
    Bag,
    Refill,
    Seal,
    Bins,
    Recycle,
    Laptop,
    Signature,
    Bank,
    Yuan,
    Card,
    Drink,
    Care,
    Cable,
}

/// Every icon in its order with the id of its symbol.
const SYMBOLS: [(Icon, &str); 76] = [
    (Icon::Clothing, "i-clothing"),
    (Icon::Food, "i-food"),
    (Icon::House, "i-house"),
    (Icon::Travel, "i-travel"),
    (Icon::Goods, "i-goods"),
    (Icon::Office, "i-office"),
    (Icon::Finance, "i-finance"),
    (Icon::Metro, "i-metro"),
    (Icon::Bus, "i-bus"),
    (Icon::Cycling, "i-cycling"),
    (Icon::Walking, "i-walking"),
    (Icon::LightsOff, "i-lights-off"),
    (Icon::NoTableware, "i-no-tableware"),
    (Icon::Electricity, "i-electricity"),
    (Icon::Solar, "i-solar"),
    (Icon::Carpool, "i-carpool"),
    (Icon::Clothes, "i-clothes"),
    (Icon::Plate, "i-plate"),
    (Icon::Box, "i-box"),
    (Icon::Bill, "i-bill"),
    (Icon::Leaf, "i-leaf"),
    (Icon::Photo, "i-photo"),
    (Icon::Gift, "i-gift"),
    (Icon::Store, "i-store"),
    (Icon::Bottle, "i-bottle"),
    (Icon::Can, "i-can"),
    (Icon::Cinema, "i-cinema"),
    (Icon::Swap, "i-swap"),
    (Icon::Battery, "i-battery"),
    (Icon::Cooling, "i-cooling"),
    (Icon::Compost, "i-compost"),
    (Icon::ShirtKept, "i-shirt-kept"),
    (Icon::Desk, "i-desk"),
    (Icon::Hospital, "i-hospital"),
    (Icon::Grain, "i-grain"),
    (Icon::NoCar, "i-no-car"),
    (Icon::ScreenOff, "i-screen-off"),
    (Icon::Sheets, "i-sheets"),
    (Icon::Chopsticks, "i-chopsticks"),
    (Icon::Train, "i-train"),
    (Icon::Plane, "i-plane"),
    (Icon::PaperCycle, "i-paper-cycle"),
    (Icon::Tag, "i-tag"),
    (Icon::EBike, "i-e-bike"),
    (Icon::Pay, "i-pay"),
    (Icon::Gate, "i-gate"),
    (Icon::Ticket, "i-ticket"),
    (Icon::Phone, "i-phone"),
    (Icon::Carrot, "i-carrot"),
    (Icon::Video, "i-video"),
    (Icon::Dispenser, "i-dispenser"),
    (Icon::Water, "i-water"),
    (Icon::Ev, "i-ev"),
    (Icon::Clock, "i-clock"),
    (Icon::Cup, "i-cup"),
    (Icon::Lunchbox, "i-lunchbox"),
    (Icon::Needle, "i-needle"),
    (Icon::Fibre, "i-fibre"),
    (Icon::Plug, "i-plug"),
    (Icon::Stairs, "i-stairs"),
    (Icon::Heat, "i-heat"),
    (Icon::Fridge, "i-fridge"),
    (Icon::Sofa, "i-sofa"),
    (Icon::Bag, "i-bag"),
    (Icon::Refill, "i-refill"),
    (Icon::Seal, "i-seal"),
    (Icon::Bins, "i-bins"),
    (Icon::Recycle, "i-recycle"),
    (Icon::Laptop, "i-laptop"),
    (Icon::Signature, "i-signature"),
    (Icon::Bank, "i-bank"),
    (Icon::Yuan, "i-yuan"),
    (Icon::Card, "i-card"),
    (Icon::Drink, "i-drink"),
    (Icon::Care, "i-care"),
    (Icon::Cable, "i-cable"),
];

/// The behaviours by icon; narrower than what the key alone would say.
const BEHAVIOURS: [(Icon, &[&str]); 64] = [
    (Icon::Metro, &["metro-trip"]),
    (Icon::Bus, &["bus-trip"]),
    (Icon::Carpool, &["carpool", "pooled-ride-hailing"]),
    (Icon::Cinema, &["cinema-ticket-online"]),
    (Icon::Plate, &["clean-plate"]),
    (Icon::Box, &["courier-box"]),
    (Icon::Cycling, &["cycling-for-driving", "shared-bike"]),
    (Icon::Swap, &["second-hand-goods"]),
    (Icon::Battery, &["e-bike-battery-swap"]),
    (Icon::Bill, &["e-invoice", "e-receipt", "electronic-waybill"]),
    (
        Icon::Cooling,
        &[
            "efficient-air-conditioner",
            "air-conditioner-set-point",
            "air-conditioner-hour-less",
        ],
    ),
    (Icon::Compost, &["food-waste-composting"]),
    (Icon::ShirtKept, &["garment-not-bought"]),
    (Icon::Desk, &["home-office-day"]),
    (Icon::Solar, &["home-solar"]),
    (Icon::Hospital, &["hospital-appointment"]),
    (Icon::Electricity, &["household-electricity"]),
    (Icon::Grain, &["less-grain-waste"]),
    (Icon::LightsOff, &["lights-off"]),
    (Icon::Travel, &["low-carbon-trip"]),
    (Icon::NoTableware, &["no-tableware"]),
    (Icon::NoCar, &["not-driving-day"]),
    (Icon::ScreenOff, &["office-equipment-off"]),
    (Icon::Clothes, &["old-clothes", "textiles-out-of-landfill"]),
    (Icon::Card, &["online-bill", "e-statement"]),
    (Icon::Chopsticks, &["own-chopsticks"]),
    (Icon::Sheets, &["paper-saved"]),
    (Icon::Bottle, &["plastic-bottle-return"]),
    (Icon::Can, &["aluminium-can-return"]),
    (
        Icon::Train,
        &["rail-instead-of-car", "high-speed-rail-instead-of-flight"],
    ),
    (Icon::Plane, &["rail-instead-of-flight"]),
    (Icon::PaperCycle, &["recycled-office-paper"]),
    (Icon::Tag, &["second-hand-clothes"]),
    (Icon::EBike, &["shared-e-bike"]),
    (Icon::Pay, &["shop-mobile-payment"]),
    (Icon::Gate, &["toll-etc"]),
    (Icon::Ticket, &["train-ticket-online"]),
    (Icon::Phone, &["used-phone", "old-phone-handed-in"]),
    (
        Icon::Carrot,
        &["vegetarian-meal", "plant-based-meal", "organic-light-meal"],
    ),
    (Icon::Video, &["video-meeting"]),
    (Icon::Walking, &["walking-by-steps"]),
    (Icon::Dispenser, &["water-dispenser-off"]),
    (Icon::Water, &["water-saving"]),
    (Icon::Ev, &["ev-driving", "zero-emission-car-rental"]),
    (Icon::Clock, &["off-peak-travel"]),
    (Icon::Food, &["small-portion"]),
    (Icon::Cup, &["own-cup", "disposable-cup-returned"]),
    (Icon::Lunchbox, &["reusable-takeout-box"]),
    (Icon::Needle, &["clothing-rental-or-repair"]),
    (Icon::Fibre, &["recycled-fibre-garment"]),
    (Icon::Plug, &["demand-response"]),
    (Icon::Stairs, &["stairs-instead-of-lift"]),
    (Icon::Heat, &["heat-pump-water-heater"]),
    (Icon::Fridge, &["green-appliance"]),
    (Icon::Sofa, &["appliance-or-furniture-recycled"]),
    (Icon::Bag, &["own-bag"]),
    (Icon::Refill, &["refill"]),
    (Icon::Seal, &["certified-green-product"]),
    (Icon::Bins, &["waste-sorted"]),
    (Icon::Recycle, &["clean-recyclables"]),
    (Icon::Laptop, &["online-office"]),
    (Icon::Signature, &["e-signature"]),
    (Icon::Bank, &["remote-banking", "e-government"]),
    (Icon::Yuan, &["digital-yuan-payment"]),
];

impl Icon {
    /// Every icon.
    pub const ALL: [Self; SYMBOLS.len()] = {
        let mut all = [Self::Leaf; SYMBOLS.len()];
        let mut at = 0;
        while at < all.len() {
            all[at] = SYMBOLS[at].0;
            at += 1;
        }
        all
    };

    /// The id of the symbol in `icons.html`.
    pub fn symbol(self) -> &'static str {
        SYMBOLS[self as usize].1
    }

    /// The icon of a behaviour; of a category or another thing the one whose name stands in its key, such as
    /// `lights_off` or `home`; a leaf for what has none.
    pub fn of(key: &str) -> Self {
        let key = key.to_ascii_lowercase().replace('_', "-");
        let known = BEHAVIOURS.iter().find(|(_, keys)| keys.contains(&key.as_str()));
        if let Some((icon, _)) = known {
            return *icon;
        }
        let named = |words: &[&str]| words.iter().any(|word| key.contains(word));
        // Behaviours before categories, narrower words before wider ones.
        [
            (&["metro", "subway", "rail"][..], Self::Metro),
            (&["carpool", "ride-share", "hitch"], Self::Carpool),
            (&["bus"], Self::Bus),
            (&["cycl", "bike"], Self::Cycling),
            (&["walk", "step"], Self::Walking),
            (&["light"], Self::LightsOff),
            (&["tableware", "cutlery"], Self::NoTableware),
            (&["solar", "photovoltaic"], Self::Solar),
            (&["electric", "power", "appliance"], Self::Electricity),
            (&["gift"], Self::Gift),
            (&["drink"], Self::Drink),
            (&["toothpaste"], Self::Care),
            (&["cable"], Self::Cable),
            (&["ticket"], Self::Ticket),
            (&["clothing"], Self::Clothing),
            (&["cloth", "garment"], Self::Clothes),
            (&["plate"], Self::Plate),
            (&["box", "parcel", "packag"], Self::Box),
            (&["bill", "invoice", "receipt"], Self::Bill),
            (&["food"], Self::Food),
            (&["home", "house"], Self::House),
            (&["travel"], Self::Travel),
            (&["goods"], Self::Goods),
            (&["office"], Self::Office),
            (&["finance"], Self::Finance),
        ]
        .into_iter()
        .find_map(|(words, icon)| named(words).then_some(icon))
        .unwrap_or(Self::Leaf)
    }
}

/// The drawings, one a line, by id.
static DRAWINGS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let lines = include_str!("../../templates/icons.html").lines();
    let drawing = |line: &'static str| Some((line.strip_prefix("<symbol id=\"")?.split('"').next()?, line));
    lines.filter_map(drawing).collect()
});

/// Where the symbols of a page go.
const PLACE: &str = "<!-- symbols -->";

/// A rendered page with the symbols that it uses, and no others: all of them would weigh more than the page.
pub(super) fn with_symbols(page: &str) -> String {
    let mut ids: Vec<&str> = page
        .split("href=\"#i-")
        .skip(1)
        .filter_map(|after| after.split('"').next())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let drawings = ids.iter().filter_map(|id| DRAWINGS.get(format!("i-{id}").as_str()));
    let drawn: String = drawings.copied().collect();
    let sprite = format!("<svg class=\"off\" id=\"symbols\" aria-hidden=\"true\" focusable=\"false\">{drawn}</svg>");
    page.replacen(PLACE, &sprite, 1)
}

#[cfg(test)]
mod tests {
    use domain::methodology::{Methodology, catalogue};

    use super::*;

    #[test]
    fn every_icon_is_drawn_once() {
        let drawings = include_str!("../../templates/icons.html");
        for (place, (icon, id)) in SYMBOLS.into_iter().enumerate() {
            assert_eq!(icon as usize, place, "{icon:?} stands in its place");
            assert_eq!(drawings.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
            assert!(DRAWINGS.contains_key(id), "{id} has a line of its own");
        }
    }

    #[test]
    fn every_behaviour_has_an_icon_that_says_more_than_a_leaf() {
        let shipped = catalogue::FILES
            .iter()
            .map(|(_, text)| Methodology::parse(text).unwrap());
        let mut keys: Vec<String> = shipped.map(|methodology| methodology.behaviour.clone()).collect();
        keys.extend(catalogue::UNKNOWN.iter().map(|unknown| unknown.id.to_owned()));
        let mut icons: Vec<usize> = Vec::new();
        for key in keys {
            let icon = Icon::of(&key);
            assert_ne!(icon, Icon::Leaf, "{key}");
            icons.push(icon as usize);
        }
        icons.sort_unstable();
        icons.dedup();
        assert!(icons.len() >= 40, "{} different drawings", icons.len());
        for (icon, keys) in BEHAVIOURS {
            for key in keys {
                assert_eq!(Icon::of(key), icon, "{key} is listed once");
            }
        }
    }

    #[test]
    fn a_page_gets_the_symbols_that_it_uses() {
        let page = with_symbols("<!-- symbols --><use href=\"#i-metro\"/><use href=\"#i-metro\"/><b>#i-bus</b>");
        assert_eq!(page.matches("id=\"i-metro\"").count(), 1);
        assert_eq!(page.matches("<symbol").count(), 1, "{page}");
        assert!(!page.contains(PLACE));
    }

    #[test]
    fn every_symbol_that_a_template_uses_is_drawn() {
        let drawings = include_str!("../../templates/icons.html");
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        let mut folders = vec![std::path::PathBuf::from(root)];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for after in text
                    .split("href=\"#i-")
                    .skip(1)
                    .filter(|after| !after.starts_with("{{"))
                {
                    let id = format!("id=\"i-{}\"", after.split('"').next().unwrap());
                    assert!(drawings.contains(&id), "{id} in {}", path.display());
                }
            }
        }
    }

    #[test]
    fn behaviours_find_their_icon_by_key() {
        assert_eq!(Icon::of("metro-trip"), Icon::Metro);
        assert_eq!(Icon::of("lights_off"), Icon::LightsOff);
        assert_eq!(Icon::of("no-tableware"), Icon::NoTableware);
        assert_eq!(Icon::of("digital-finance"), Icon::Finance);
        assert_eq!(Icon::of("unheard-of"), Icon::Leaf);
    }
}
