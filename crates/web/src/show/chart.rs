//! Bar charts as SVG: months, days, categories. Every chart has its numbers as a table too.

/// A chart of bars side by side, each made of parts that stand on each other.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Unique in the page.
    pub id: String,
    /// What it shows, in one sentence.
    pub words: String,
    /// The parts of a bar from below, at most seven; with one part there is no legend.
    pub series: Vec<String>,
    /// The bars, from the left.
    pub bars: Vec<Bar>,
    /// The name of the axis of bars, e.g. "Month": the head of the table's first column.
    pub axis: String,
    /// The largest value as text, at the upper line.
    pub top: String,
}

/// A bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What stands below it; short.
    pub label: String,
    /// Its parts: value for the height and as finished text.
    pub parts: Vec<(i64, String)>,
}

/// A drawn part of a bar.
#[derive(Clone, Debug)]
pub struct Block {
    /// Left edge.
    pub x: i64,
    /// Upper edge.
    pub y: i64,
    /// Width.
    pub width: i64,
    /// Height.
    pub height: i64,
    /// Which series, from 0.
    pub series: usize,
    /// What it says on hovering.
    pub title: String,
}

const WIDTH: i64 = 640;
const HEIGHT: i64 = 152;

impl Chart {
    fn slot(&self) -> i64 {
        WIDTH / i64::try_from(self.bars.len().max(1)).unwrap_or(1)
    }

    /// The drawn parts.
    pub fn blocks(&self) -> Vec<Block> {
        let sum = |bar: &Bar| bar.parts.iter().map(|(value, _)| i128::from(*value)).sum::<i128>();
        let most = self.bars.iter().map(sum).max().unwrap_or(0).max(1);
        let height = |value: i128| i64::try_from(value * i128::from(HEIGHT) / most).unwrap_or(0);
        let width = (self.slot() * 3 / 5).clamp(2, 44);
        let mut blocks = Vec::new();
        for (at, bar) in self.bars.iter().enumerate() {
            let x = self.middle(at) - width / 2;
            let mut below = 0_i128;
            for (series, (value, text)) in bar.parts.iter().enumerate() {
                let (from, to) = (height(below), height(below + i128::from(*value)));
                below += i128::from(*value);
                if *value > 0 {
                    let title = match self.series.get(series) {
                        Some(name) if self.series.len() > 1 => format!("{} · {name}: {text}", bar.label),
                        _ => format!("{}: {text}", bar.label),
                    };
                    blocks.push(Block {
                        x,
                        y: HEIGHT - to,
                        width,
                        height: (to - from).max(1),
                        series,
                        title,
                    });
                }
            }
        }
        blocks
    }

    /// What stands below each bar; of many bars every second, third, … is labelled, the last one always.
    pub fn ticks(&self) -> Vec<&str> {
        let bars = self.bars.iter().enumerate();
        bars.map(|(at, bar)| if self.is_labelled(at) { bar.label.as_str() } else { "" })
            .collect()
    }

    fn middle(&self, at: usize) -> i64 {
        self.slot() * i64::try_from(at).unwrap_or(0) + self.slot() / 2
    }

    fn is_labelled(&self, at: usize) -> bool {
        // as wide as a month on a phone, where the chart is half as wide as drawn
        let every = (110 + self.slot() - 1) / self.slot().max(1);
        (self.bars.len() - 1 - at).is_multiple_of(usize::try_from(every).unwrap_or(1).max(1))
    }
}
