//! The methodologies that Puhui ships: examples with their sources, none of them official; and the behaviours for
//! which no factor is known.
//!
//! Invariant: a behaviour is either quantified by a file or unknown, never both.

use super::Category;

/// Name and text of every file in `methodologies/`.
pub const FILES: &[(&str, &str)] = &[
    (
        "aluminium-can-return.toml",
        include_str!("../../../../methodologies/aluminium-can-return.toml"),
    ),
    (
        "bus-by-distance.toml",
        include_str!("../../../../methodologies/bus-by-distance.toml"),
    ),
    (
        "bus-trip-chongqing.toml",
        include_str!("../../../../methodologies/bus-trip-chongqing.toml"),
    ),
    ("bus-trip.toml", include_str!("../../../../methodologies/bus-trip.toml")),
    ("carpool.toml", include_str!("../../../../methodologies/carpool.toml")),
    (
        "cinema-ticket-online.toml",
        include_str!("../../../../methodologies/cinema-ticket-online.toml"),
    ),
    (
        "clean-plate-beijing.toml",
        include_str!("../../../../methodologies/clean-plate-beijing.toml"),
    ),
    (
        "clean-plate.toml",
        include_str!("../../../../methodologies/clean-plate.toml"),
    ),
    (
        "courier-box.toml",
        include_str!("../../../../methodologies/courier-box.toml"),
    ),
    (
        "cycling-for-driving.toml",
        include_str!("../../../../methodologies/cycling-for-driving.toml"),
    ),
    (
        "e-bike-battery-swap.toml",
        include_str!("../../../../methodologies/e-bike-battery-swap.toml"),
    ),
    (
        "e-invoice.toml",
        include_str!("../../../../methodologies/e-invoice.toml"),
    ),
    (
        "efficient-air-conditioner.toml",
        include_str!("../../../../methodologies/efficient-air-conditioner.toml"),
    ),
    (
        "food-waste-composting.toml",
        include_str!("../../../../methodologies/food-waste-composting.toml"),
    ),
    (
        "garment-not-bought.toml",
        include_str!("../../../../methodologies/garment-not-bought.toml"),
    ),
    (
        "home-office-day.toml",
        include_str!("../../../../methodologies/home-office-day.toml"),
    ),
    (
        "home-solar.toml",
        include_str!("../../../../methodologies/home-solar.toml"),
    ),
    (
        "hospital-appointment.toml",
        include_str!("../../../../methodologies/hospital-appointment.toml"),
    ),
    (
        "household-electricity.toml",
        include_str!("../../../../methodologies/household-electricity.toml"),
    ),
    (
        "less-grain-waste.toml",
        include_str!("../../../../methodologies/less-grain-waste.toml"),
    ),
    (
        "lights-off.toml",
        include_str!("../../../../methodologies/lights-off.toml"),
    ),
    (
        "low-carbon-trip.toml",
        include_str!("../../../../methodologies/low-carbon-trip.toml"),
    ),
    (
        "metro-by-distance.toml",
        include_str!("../../../../methodologies/metro-by-distance.toml"),
    ),
    (
        "metro-trip-beijing.toml",
        include_str!("../../../../methodologies/metro-trip-beijing.toml"),
    ),
    (
        "metro-trip-wuhan.toml",
        include_str!("../../../../methodologies/metro-trip-wuhan.toml"),
    ),
    (
        "metro-trip.toml",
        include_str!("../../../../methodologies/metro-trip.toml"),
    ),
    (
        "no-tableware-beijing.toml",
        include_str!("../../../../methodologies/no-tableware-beijing.toml"),
    ),
    (
        "no-tableware.toml",
        include_str!("../../../../methodologies/no-tableware.toml"),
    ),
    (
        "not-driving-day.toml",
        include_str!("../../../../methodologies/not-driving-day.toml"),
    ),
    (
        "office-equipment-off.toml",
        include_str!("../../../../methodologies/office-equipment-off.toml"),
    ),
    (
        "old-clothes.toml",
        include_str!("../../../../methodologies/old-clothes.toml"),
    ),
    (
        "online-bill.toml",
        include_str!("../../../../methodologies/online-bill.toml"),
    ),
    (
        "own-chopsticks.toml",
        include_str!("../../../../methodologies/own-chopsticks.toml"),
    ),
    (
        "paper-saved.toml",
        include_str!("../../../../methodologies/paper-saved.toml"),
    ),
    (
        "plastic-bottle-return.toml",
        include_str!("../../../../methodologies/plastic-bottle-return.toml"),
    ),
    (
        "rail-instead-of-car.toml",
        include_str!("../../../../methodologies/rail-instead-of-car.toml"),
    ),
    (
        "rail-instead-of-flight.toml",
        include_str!("../../../../methodologies/rail-instead-of-flight.toml"),
    ),
    (
        "recycled-office-paper.toml",
        include_str!("../../../../methodologies/recycled-office-paper.toml"),
    ),
    (
        "second-hand-clothes.toml",
        include_str!("../../../../methodologies/second-hand-clothes.toml"),
    ),
    (
        "shared-bike-trip-beijing.toml",
        include_str!("../../../../methodologies/shared-bike-trip-beijing.toml"),
    ),
    (
        "shared-bike.toml",
        include_str!("../../../../methodologies/shared-bike.toml"),
    ),
    (
        "shared-e-bike.toml",
        include_str!("../../../../methodologies/shared-e-bike.toml"),
    ),
    (
        "shop-mobile-payment.toml",
        include_str!("../../../../methodologies/shop-mobile-payment.toml"),
    ),
    (
        "textiles-out-of-landfill.toml",
        include_str!("../../../../methodologies/textiles-out-of-landfill.toml"),
    ),
    ("toll-etc.toml", include_str!("../../../../methodologies/toll-etc.toml")),
    (
        "train-ticket-online.toml",
        include_str!("../../../../methodologies/train-ticket-online.toml"),
    ),
    (
        "transit-by-distance-shanghai.toml",
        include_str!("../../../../methodologies/transit-by-distance-shanghai.toml"),
    ),
    (
        "used-phone.toml",
        include_str!("../../../../methodologies/used-phone.toml"),
    ),
    (
        "vegetarian-meal.toml",
        include_str!("../../../../methodologies/vegetarian-meal.toml"),
    ),
    (
        "video-meeting.toml",
        include_str!("../../../../methodologies/video-meeting.toml"),
    ),
    (
        "walking-by-steps.toml",
        include_str!("../../../../methodologies/walking-by-steps.toml"),
    ),
    (
        "water-dispenser-off.toml",
        include_str!("../../../../methodologies/water-dispenser-off.toml"),
    ),
    (
        "water-saving.toml",
        include_str!("../../../../methodologies/water-saving.toml"),
    ),
];

/// A behaviour that programmes elsewhere reward although no figure for it was found that is fit to credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behaviour {
    /// Its name, of the same form as that of a methodology.
    pub id: &'static str,
    /// Its category.
    pub category: Category,
    /// Its name in Simplified Chinese.
    pub zh: &'static str,
    /// Its name in English.
    pub en: &'static str,
}

/// They stand in the catalogue as "no factor known" and cannot be credited: a missing number is shown, not invented.
/// Among them are two whose only printed values are implausible (an hour less of air conditioning, stairs), and two
/// that have a file for another country but no figure for China.
pub const UNKNOWN: &[Behaviour] = &[
    Behaviour {
        id: "ev-driving",
        category: Category::Travel,
        zh: "新能源车驾驶或充电",
        en: "Driving or charging an electric car",
    },
    Behaviour {
        id: "zero-emission-car-rental",
        category: Category::Travel,
        zh: "租用零排放汽车",
        en: "Renting a zero-emission car",
    },
    Behaviour {
        id: "off-peak-travel",
        category: Category::Travel,
        zh: "错峰出行",
        en: "Travelling off-peak",
    },
    Behaviour {
        id: "high-speed-rail-instead-of-flight",
        category: Category::Travel,
        zh: "高铁代替飞机（中国）",
        en: "High-speed rail instead of a flight, China",
    },
    Behaviour {
        id: "pooled-ride-hailing",
        category: Category::Travel,
        zh: "网约车拼车",
        en: "Pooled ride-hailing",
    },
    Behaviour {
        id: "small-portion",
        category: Category::Food,
        zh: "点小份菜",
        en: "Ordering a small portion",
    },
    Behaviour {
        id: "own-cup",
        category: Category::Food,
        zh: "自带杯",
        en: "Own cup",
    },
    Behaviour {
        id: "plant-based-meal",
        category: Category::Food,
        zh: "植物基或素食一餐（中国）",
        en: "Plant-based meal or milk, China",
    },
    Behaviour {
        id: "organic-light-meal",
        category: Category::Food,
        zh: "有机轻食",
        en: "Organic light meal",
    },
    Behaviour {
        id: "reusable-takeout-box",
        category: Category::Food,
        zh: "外卖循环餐盒",
        en: "Reusable take-out box",
    },
    Behaviour {
        id: "disposable-cup-returned",
        category: Category::Food,
        zh: "归还一次性杯",
        en: "Disposable cup returned",
    },
    Behaviour {
        id: "clothing-rental-or-repair",
        category: Category::Clothing,
        zh: "衣物租赁或修补",
        en: "Clothes rented or mended",
    },
    Behaviour {
        id: "recycled-fibre-garment",
        category: Category::Clothing,
        zh: "再生纤维服装",
        en: "Garment of recycled fibre",
    },
    Behaviour {
        id: "demand-response",
        category: Category::Home,
        zh: "需求响应用电",
        en: "Electricity shifted on request",
    },
    Behaviour {
        id: "air-conditioner-set-point",
        category: Category::Home,
        zh: "空调调高 1℃",
        en: "Air conditioner set 1 °C higher",
    },
    Behaviour {
        id: "air-conditioner-hour-less",
        category: Category::Home,
        zh: "空调少开一小时",
        en: "Air conditioner on for an hour less",
    },
    Behaviour {
        id: "stairs-instead-of-lift",
        category: Category::Home,
        zh: "走楼梯",
        en: "Stairs instead of the lift",
    },
    Behaviour {
        id: "heat-pump-water-heater",
        category: Category::Home,
        zh: "家用空气源热泵热水器",
        en: "Heat-pump water heater",
    },
    Behaviour {
        id: "green-appliance",
        category: Category::Home,
        zh: "绿色家电以旧换新",
        en: "Green appliance traded in for an old one",
    },
    Behaviour {
        id: "electronic-waybill",
        category: Category::Goods,
        zh: "电子面单",
        en: "Electronic waybill",
    },
    Behaviour {
        id: "second-hand-goods",
        category: Category::Goods,
        zh: "闲置物品交易",
        en: "Second-hand goods traded",
    },
    Behaviour {
        id: "old-phone-handed-in",
        category: Category::Goods,
        zh: "废旧手机回收",
        en: "Old phone handed in",
    },
    Behaviour {
        id: "appliance-or-furniture-recycled",
        category: Category::Goods,
        zh: "家电家具回收",
        en: "Appliance or furniture recycled",
    },
    Behaviour {
        id: "own-bag",
        category: Category::Goods,
        zh: "自带购物袋",
        en: "Own shopping bag",
    },
    Behaviour {
        id: "refill",
        category: Category::Goods,
        zh: "补充装或续装",
        en: "Refill instead of a new pack",
    },
    Behaviour {
        id: "certified-green-product",
        category: Category::Goods,
        zh: "购买绿色认证商品",
        en: "Certified green product bought",
    },
    Behaviour {
        id: "waste-sorted",
        category: Category::Goods,
        zh: "垃圾分类",
        en: "Waste sorted",
    },
    Behaviour {
        id: "clean-recyclables",
        category: Category::Goods,
        zh: "高质量可回收物",
        en: "Clean recyclables handed in",
    },
    Behaviour {
        id: "online-office",
        category: Category::Office,
        zh: "线上办公",
        en: "Working together online",
    },
    Behaviour {
        id: "e-signature",
        category: Category::Office,
        zh: "电子合同与签章",
        en: "Contract signed electronically",
    },
    Behaviour {
        id: "e-receipt",
        category: Category::Digital,
        zh: "电子小票",
        en: "E-receipt",
    },
    Behaviour {
        id: "e-statement",
        category: Category::Digital,
        zh: "电子账单",
        en: "E-statement",
    },
    Behaviour {
        id: "remote-banking",
        category: Category::Digital,
        zh: "线上贷款与远程业务",
        en: "Loan or banking service online",
    },
    Behaviour {
        id: "digital-yuan-payment",
        category: Category::Digital,
        zh: "数字人民币支付",
        en: "Payment in digital yuan",
    },
    Behaviour {
        id: "e-government",
        category: Category::Digital,
        zh: "网上政务",
        en: "Government service online",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::methodology::Methodology;

    #[test]
    fn the_files_are_sorted() {
        assert!(FILES.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn a_behaviour_is_quantified_or_unknown_and_never_both() {
        let mut quantified = HashSet::new();
        for (name, text) in FILES {
            let methodology = Methodology::parse(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            quantified.insert(methodology.id.clone());
            quantified.insert(methodology.behaviour.clone());
        }
        let mut seen = HashSet::new();
        for behaviour in UNKNOWN {
            let id = behaviour.id;
            assert!(seen.insert(id), "{id} is listed twice");
            assert!(!quantified.contains(id), "{id} has a file");
            assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{id}");
            assert!(!behaviour.zh.is_empty() && !behaviour.en.is_empty(), "{id}");
        }
    }

    #[test]
    fn every_category_has_a_methodology() {
        let categories: HashSet<Category> = FILES
            .iter()
            .map(|(name, text)| {
                Methodology::parse(text)
                    .unwrap_or_else(|e| panic!("{name}: {e}"))
                    .category
            })
            .collect();
        assert_eq!(categories.len(), 7);
    }

    #[test]
    fn every_file_shows_two_worked_examples() {
        for (name, text) in FILES {
            let methodology = Methodology::parse(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(methodology.examples.len() >= 2, "{name}");
        }
    }
}
