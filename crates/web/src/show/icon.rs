//! The symbols of `templates/icons.html` by name.

/// A symbol of our own: the seven categories and the common behaviours.
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
    Drink,
    Care,
    Cable,
    Ticket,
}

impl Icon {
    /// Every icon.
    pub const ALL: [Self; 28] = [
        Self::Clothing,
        Self::Food,
        Self::House,
        Self::Travel,
        Self::Goods,
        Self::Office,
        Self::Finance,
        Self::Metro,
        Self::Bus,
        Self::Cycling,
        Self::Walking,
        Self::LightsOff,
        Self::NoTableware,
        Self::Electricity,
        Self::Solar,
        Self::Carpool,
        Self::Clothes,
        Self::Plate,
        Self::Box,
        Self::Bill,
        Self::Leaf,
        Self::Photo,
        Self::Gift,
        Self::Store,
        Self::Drink,
        Self::Care,
        Self::Cable,
        Self::Ticket,
    ];

    /// The id of the symbol in `icons.html`.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Clothing => "i-clothing",
            Self::Food => "i-food",
            Self::House => "i-house",
            Self::Travel => "i-travel",
            Self::Goods => "i-goods",
            Self::Office => "i-office",
            Self::Finance => "i-finance",
            Self::Metro => "i-metro",
            Self::Bus => "i-bus",
            Self::Cycling => "i-cycling",
            Self::Walking => "i-walking",
            Self::LightsOff => "i-lights-off",
            Self::NoTableware => "i-no-tableware",
            Self::Electricity => "i-electricity",
            Self::Solar => "i-solar",
            Self::Carpool => "i-carpool",
            Self::Clothes => "i-clothes",
            Self::Plate => "i-plate",
            Self::Box => "i-box",
            Self::Bill => "i-bill",
            Self::Leaf => "i-leaf",
            Self::Photo => "i-photo",
            Self::Gift => "i-gift",
            Self::Store => "i-store",
            Self::Drink => "i-drink",
            Self::Care => "i-care",
            Self::Cable => "i-cable",
            Self::Ticket => "i-ticket",
        }
    }

    /// The icon whose name stands in the key of a behaviour or category, such as `metro-trip`,
    /// `lights_off` or `home`; a leaf for what has none.
    pub fn of(key: &str) -> Self {
        let key = key.to_ascii_lowercase().replace('_', "-");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_is_drawn_once() {
        let drawings = include_str!("../../templates/icons.html");
        for icon in Icon::ALL {
            let id = format!("id=\"{}\"", icon.symbol());
            assert_eq!(drawings.matches(&id).count(), 1, "{id}");
        }
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
