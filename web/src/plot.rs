//! The geometry of the staircase: backups by time (across) and transactions (up). Plain numbers, no browser:
//! the component draws what is computed here.
//!
//! Data coordinates are seconds or steps across and transactions, or their logarithm, upwards. A [`View`] is
//! the window of them that is shown; zooming and panning change the window and nothing else.

use std::collections::HashMap;

use graphkeep_core::problem::Code;
use graphkeep_core::report::{ArtifactId, BackupType, Chain, Database, Level, Report, Role};
use graphkeep_core::time::UtcTime;

/// Marks drawn one by one; above, neighbours are put into bins.
pub const MOST_MARKS: usize = 2000;
/// Lanes drawn; the newest chains come first.
pub const MOST_LANES: usize = 6;
/// A window is never narrower than this part of the whole.
const CLOSEST: f64 = 1e-6;

/// What the way across means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Across {
    #[default]
    Time,
    /// One step a backup: for irregular times.
    Steps,
}

/// What the way up means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Up {
    #[default]
    Linear,
    Log,
}

impl Up {
    /// A transaction's height.
    pub fn height(self, tx: i64) -> f64 {
        let tx = tx.max(0) as f64;
        match self {
            Self::Linear => tx,
            Self::Log => (tx + 1.0).log10(),
        }
    }
}

/// A window of data coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    pub left: f64,
    pub right: f64,
    pub bottom: f64,
    pub top: f64,
}

impl View {
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.top - self.bottom
    }

    /// Closer by `factor` (below 1) or further (above), across only, with the point at `part` of the width
    /// staying where it is; never beyond `whole`.
    #[must_use]
    pub fn zoomed(&self, factor: f64, part: f64, whole: &Self) -> Self {
        let width = (self.width() * factor).clamp(whole.width() * CLOSEST, whole.width());
        let left = self.left + (self.width() - width) * part.clamp(0.0, 1.0);
        Self { left, right: left + width, ..*self }.inside(whole)
    }

    /// Moved across by a part of its width.
    #[must_use]
    pub fn panned(&self, part: f64, whole: &Self) -> Self {
        let by = self.width() * part;
        Self { left: self.left + by, right: self.right + by, ..*self }.inside(whole)
    }

    fn inside(self, whole: &Self) -> Self {
        let width = self.width().min(whole.width());
        let left = self.left.clamp(whole.left, whole.right - width);
        Self { left, right: left + width, ..self }
    }

    /// Moved so that `x` is in it.
    #[must_use]
    pub fn around(&self, x: f64, whole: &Self) -> Self {
        if (self.left..=self.right).contains(&x) {
            return *self;
        }
        let left = x - self.width() / 2.0;
        Self { left, right: left + self.width(), ..*self }.inside(whole)
    }
}

/// The drawing's size in pixels, margins included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    pub width: f64,
    pub height: f64,
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Frame {
    pub fn x(&self, view: &View, x: f64) -> f64 {
        self.left + (x - view.left) / view.width() * (self.width - self.left - self.right)
    }

    pub fn y(&self, view: &View, y: f64) -> f64 {
        self.height - self.bottom - (y - view.bottom) / view.height() * (self.height - self.top - self.bottom)
    }

    /// How wide the plot itself is.
    pub fn across(&self) -> f64 {
        self.width - self.left - self.right
    }

    /// The part of the plot's width at a pixel.
    pub fn part(&self, pixel: f64) -> f64 {
        ((pixel - self.left) / (self.width - self.left - self.right)).clamp(0.0, 1.0)
    }
}

/// One backup.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub artifact: ArtifactId,
    pub kind: BackupType,
    pub role: Role,
    pub verified: bool,
    pub time: UtcTime,
    pub x: f64,
    pub lowest: i64,
    pub highest: i64,
}

/// A box between two backups: missing transactions, or an overlap.
#[derive(Debug, Clone, PartialEq)]
pub struct Hole {
    pub left: f64,
    pub right: f64,
    pub lowest: i64,
    pub highest: i64,
    pub is_overlap: bool,
    pub text: String,
}

/// A restorable chain as a line over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    pub chain: usize,
    pub left: f64,
    pub right: f64,
    pub text: String,
}

/// Everything to draw of one database, in data coordinates across.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// By time.
    pub marks: Vec<Mark>,
    pub holes: Vec<Hole>,
    pub lanes: Vec<Lane>,
    /// Times that some chain reaches.
    pub reachable: Vec<(f64, f64)>,
    /// The highest transaction.
    pub highest: i64,
    across: Across,
    left: f64,
    right: f64,
}

impl Plot {
    /// Lays out every backup but the copies, which would stand on top of what they copy.
    pub fn new(report: &Report, database: &Database, across: Across) -> Self {
        let members = database.members.iter().filter(|member| member.role != Role::Duplicate);
        let mut last = 0;
        let marks: Vec<Mark> = members
            .enumerate()
            .map(|(step, member)| {
                let artifact = &report.artifacts[member.artifact];
                let empty = artifact.kind == BackupType::Empty;
                let (lowest, highest) =
                    if empty { (last, last) } else { (artifact.lowest_tx, artifact.highest_tx) };
                if !empty && member.role != Role::Damaged {
                    last = artifact.highest_tx;
                }
                Mark {
                    artifact: member.artifact,
                    kind: artifact.kind,
                    role: member.role,
                    verified: artifact.level() >= Level::L2,
                    time: artifact.time,
                    x: match across {
                        Across::Time => artifact.time.0 as f64,
                        Across::Steps => step as f64,
                    },
                    lowest,
                    highest,
                }
            })
            .collect();
        let x: HashMap<ArtifactId, f64> = marks.iter().map(|mark| (mark.artifact, mark.x)).collect();
        let (left, right) = marks
            .iter()
            .fold((f64::MAX, f64::MIN), |(left, right), mark| (left.min(mark.x), right.max(mark.x)));
        // One backup, or several of one second, still need a width.
        let margin = ((right - left) * 0.04).max(if across == Across::Time { 60.0 } else { 0.5 });
        Self {
            holes: holes(report, database, &x),
            lanes: lanes(report, &database.chains, &x),
            reachable: reachable(&database.chains, &x),
            highest: marks.iter().map(|mark| mark.highest).max().unwrap_or(1).max(1),
            across,
            left: left - margin,
            right: right + margin,
            marks,
        }
    }

    /// The window that shows everything.
    pub fn whole(&self, up: Up) -> View {
        View { left: self.left, right: self.right, bottom: 0.0, top: up.height(self.highest) * 1.06 }
    }

    /// Marks inside a window.
    pub fn visible(&self, view: &View) -> impl Iterator<Item = (usize, &Mark)> {
        let inside = view.left..=view.right;
        self.marks.iter().enumerate().filter(move |(_, mark)| inside.contains(&mark.x))
    }

    /// A window round a mark that holds few enough of them to be drawn one by one.
    pub fn near(&self, at: usize, view: &View) -> View {
        let some = MOST_MARKS / 4;
        let last = self.marks.len().saturating_sub(1);
        let Some((first, end)) =
            self.marks.get(at.saturating_sub(some)).zip(self.marks.get((at + some).min(last)))
        else {
            return *view;
        };
        let margin = ((end.x - first.x) * 0.01).max((self.right - self.left) * CLOSEST);
        View { left: first.x - margin, right: end.x + margin, ..*view }
    }

    /// Marks of a window in so many columns of equal width, empty ones left out.
    pub fn bins(&self, view: &View, columns: usize) -> Vec<Bin> {
        let columns = columns.max(1);
        let width = view.width() / columns as f64;
        let mut bins: Vec<Option<Bin>> = vec![None; columns];
        for (_, mark) in self.visible(view) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a column number")]
            let column = (((mark.x - view.left) / width) as usize).min(columns - 1);
            let left = view.left + width * column as f64;
            let bin = bins[column].get_or_insert(Bin {
                left,
                right: left + width,
                count: 0,
                unusable: 0,
                lowest: mark.highest,
                highest: mark.highest,
            });
            bin.count += 1;
            bin.unusable += usize::from(matches!(mark.role, Role::Unusable | Role::Damaged));
            bin.highest = bin.highest.max(mark.highest);
            let from = if mark.kind == BackupType::Full { mark.highest } else { mark.lowest };
            bin.lowest = bin.lowest.min(from);
        }
        bins.into_iter().flatten().collect()
    }

    /// Ticks across: position and words.
    pub fn ticks_across(&self, view: &View, most: usize) -> Vec<(f64, String)> {
        match self.across {
            Across::Time => time_ticks(view.left, view.right, most),
            Across::Steps => round_ticks(view.left.max(0.0), view.right, most)
                .into_iter()
                .filter(|step| step.fract() == 0.0)
                .map(|step| (step, format!("{}", step + 1.0)))
                .collect(),
        }
    }
}

/// Several marks drawn as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Bin {
    pub left: f64,
    pub right: f64,
    pub count: usize,
    pub unusable: usize,
    pub lowest: i64,
    pub highest: i64,
}

/// Ticks upwards: height and words.
pub fn ticks_up(view: &View, up: Up, most: usize) -> Vec<(f64, String)> {
    match up {
        Up::Linear => {
            let ticks = round_ticks(view.bottom, view.top, most).into_iter();
            ticks.filter(|tx| tx.fract() == 0.0).map(|tx| (tx, whole(tx))).collect()
        }
        Up::Log => (0..=18)
            .map(|power| 10_f64.powi(power))
            .map(|tx| ((tx + 1.0).log10(), whole(tx)))
            .filter(|(at, _)| (view.bottom..=view.top).contains(at))
            .collect(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a whole number below 10^18")]
fn whole(value: f64) -> String {
    crate::wording::count(value as i64)
}

/// Multiples of 1, 2 or 5 times a power of ten.
fn round_ticks(from: f64, to: f64, most: usize) -> Vec<f64> {
    let span = to - from;
    if span.is_nan() || span <= 0.0 || most == 0 {
        return Vec::new();
    }
    let rough = span / most as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= rough);
    every(from, to, step.unwrap_or(span).max(f64::MIN_POSITIVE))
}

fn every(from: f64, to: f64, step: f64) -> Vec<f64> {
    let first = (from / step).ceil();
    let ticks = (0..200_u32).map(|at| (first + f64::from(at)) * step);
    ticks.take_while(|at| *at <= to).collect()
}

/// Steps of time that people read: from seconds to years.
const TIME_STEPS: [i64; 18] = [
    1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 172_800, 604_800, 2_592_000,
    7_776_000, 31_536_000,
];

fn time_ticks(from: f64, to: f64, most: usize) -> Vec<(f64, String)> {
    let rough = (to - from) / most.max(1) as f64;
    let step = TIME_STEPS.into_iter().find(|step| *step as f64 >= rough).unwrap_or_else(|| {
        #[expect(clippy::cast_possible_truncation, reason = "a span of times that fits one")]
        let years = (rough / 31_536_000.0).ceil() as i64;
        years.saturating_mul(31_536_000)
    });
    let words = |at: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "a time between two that fit")]
        let text = UtcTime(at as i64).words();
        // A date alone, a date with the time, or the time alone, by what tells the ticks apart.
        match step {
            86400.. => text.get(..10).unwrap_or(&text).to_owned(),
            3600.. => text.get(5..16).unwrap_or(&text).to_owned(),
            60.. => text.get(11..16).unwrap_or(&text).to_owned(),
            _ => text.get(11..19).unwrap_or(&text).to_owned(),
        }
    };
    every(from, to, step as f64).into_iter().map(|at| (at, words(at))).collect()
}

fn holes(report: &Report, database: &Database, x: &HashMap<ArtifactId, f64>) -> Vec<Hole> {
    let hole = |gap: &graphkeep_core::report::Gap| {
        let after = &report.artifacts[gap.after];
        let right = *x.get(&gap.after)?;
        let left = gap.before.and_then(|before| x.get(&before).copied()).unwrap_or(right).min(right);
        if let (Some(lowest), Some(highest)) = (gap.first_tx, gap.last_tx) {
            let text = format!("missing {lowest}..{highest}");
            return Some(Hole { left, right, lowest, highest, is_overlap: false, text });
        }
        let end = gap.before.map_or(after.lowest_tx, |before| report.artifacts[before].highest_tx);
        let text = match gap.code {
            Code::ChainOtherHistory => "another history".to_owned(),
            _ => format!("overlap {}..{end}", after.lowest_tx),
        };
        Some(Hole { left, right, lowest: after.lowest_tx, highest: end, is_overlap: true, text })
    };
    let legal = database.chains.iter().filter(|chain| chain.needs_2026_02).filter_map(|chain| {
        let (full, first) = (*chain.artifacts.first()?, *chain.artifacts.get(1)?);
        let (lowest, highest) = (report.artifacts[first].lowest_tx, report.artifacts[full].highest_tx);
        let text = format!("overlap {lowest}..{highest}, from 2026.02");
        Some(Hole { left: *x.get(&full)?, right: *x.get(&first)?, lowest, highest, is_overlap: true, text })
    });
    let mut holes: Vec<Hole> = database.gaps.iter().filter_map(hole).chain(legal).collect();
    holes.dedup();
    holes
}

fn lanes(report: &Report, chains: &[Chain], x: &HashMap<ArtifactId, f64>) -> Vec<Lane> {
    let lane = |(at, chain): (usize, &Chain)| {
        let ends = chain.artifacts.iter().filter_map(|id| x.get(id).copied());
        let (left, right) = ends.fold((f64::MAX, f64::MIN), |(l, r), x| (l.min(x), r.max(x)));
        let full = &report.artifacts[*chain.artifacts.first()?];
        let text = match chain.artifacts.len() - 1 {
            0 => format!("full to {}", full.highest_tx),
            count => format!("full to {} + {count}, to {}", full.highest_tx, chain.highest_tx),
        };
        (left <= right).then_some(Lane { chain: at, left, right, text })
    };
    chains.iter().enumerate().filter_map(lane).take(MOST_LANES).collect()
}

/// A chain reaches every time between its full and its end; overlapping reaches are joined.
fn reachable(chains: &[Chain], x: &HashMap<ArtifactId, f64>) -> Vec<(f64, f64)> {
    let reach = |chain: &Chain| {
        let from = *x.get(chain.artifacts.first()?)?;
        let to = *x.get(chain.artifacts.last()?)?;
        Some((from.min(to), from.max(to)))
    };
    let mut spans: Vec<(f64, f64)> = chains.iter().filter_map(reach).collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut joined: Vec<(f64, f64)> = Vec::new();
    for (from, to) in spans {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// The files that restore one artifact, by the chain that leads to it; empty if none does.
pub fn path_to(database: &Database, artifact: ArtifactId) -> &[ArtifactId] {
    let ends = database.chains.iter().filter_map(|chain| {
        let at = chain.artifacts.iter().position(|id| *id == artifact)?;
        Some(&chain.artifacts[..=at])
    });
    ends.min_by_key(|path| path.len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::report;

    const FRAME: Frame =
        Frame { width: 800.0, height: 400.0, left: 60.0, right: 10.0, top: 10.0, bottom: 30.0 };

    #[test]
    fn a_gap_stands_between_the_two_backups_it_parts() {
        let report = report("scenarios/gap");
        let plot = Plot::new(&report, &report.databases[0], Across::Time);
        assert_eq!(plot.holes.len(), 1);
        let hole = &plot.holes[0];
        assert_eq!((hole.lowest, hole.highest, hole.text.as_str()), (21, 30, "missing 21..30"));
        assert_eq!((hole.left, hole.right), (plot.marks[1].x, plot.marks[2].x));
        assert_eq!(plot.reachable, [(plot.marks[0].x, plot.marks[1].x)]);
    }

    #[test]
    fn both_chains_of_an_overlap_have_a_lane_and_the_overlap_its_words() {
        let report = report("scenarios/prefer-diff-as-parent");
        let plot = Plot::new(&report, &report.databases[0], Across::Steps);
        let lanes: Vec<&str> = plot.lanes.iter().map(|lane| lane.text.as_str()).collect();
        assert_eq!(lanes, ["full to 40 + 1, to 50", "full to 10 + 3, to 50"]);
        assert_eq!(plot.holes[0].text, "overlap 31..40, from 2026.02");
        // The empty backup stands at the height reached before it.
        let empty = plot.marks.iter().find(|mark| mark.kind == BackupType::Empty);
        assert_eq!(empty.map(|mark| mark.highest), Some(30));
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer_and_stays_inside() {
        let report = report("scenarios/latest-as-parent");
        let plot = Plot::new(&report, &report.databases[0], Across::Time);
        let whole = plot.whole(Up::Linear);
        let closer = whole.zoomed(0.5, 0.25, &whole);
        let before = whole.left + whole.width() * 0.25;
        assert!((FRAME.x(&closer, before) - FRAME.x(&whole, before)).abs() < 1e-6);
        assert_eq!(closer.zoomed(100.0, 0.5, &whole), whole);
        assert!((closer.panned(-9.0, &whole).left - whole.left).abs() < 1e-6);
        assert!(closer.zoomed(1e-12, 0.5, &whole).width() > 0.0);
    }

    #[test]
    fn selecting_a_backup_names_the_files_that_restore_it() {
        let report = report("scenarios/latest-as-parent");
        let database = &report.databases[0];
        assert_eq!(path_to(database, 2), [0, 1, 2]);
        assert_eq!(path_to(database, 5), [4, 5]);
        assert!(path_to(database, 3).is_empty());
    }

    #[test]
    fn bins_count_every_mark_once() {
        let report = report("scenarios/manual-example");
        let database =
            report.databases.iter().find(|database| database.name == "malmo").expect("it is there");
        let plot = Plot::new(&report, database, Across::Time);
        let view = plot.whole(Up::Log);
        for columns in [1, 3, 7, 400] {
            let bins = plot.bins(&view, columns);
            assert_eq!(bins.iter().map(|bin| bin.count).sum::<usize>(), 7, "{columns}");
        }
    }

    #[test]
    fn near_a_mark_the_window_holds_few_enough_to_draw() {
        let mark = |at: u32| Mark {
            artifact: at as usize,
            kind: BackupType::Differential,
            role: Role::Newest,
            verified: false,
            time: UtcTime(i64::from(at)),
            x: f64::from(at),
            lowest: i64::from(at),
            highest: i64::from(at),
        };
        let report = report("scenarios/gap");
        let mut plot = Plot::new(&report, &report.databases[0], Across::Steps);
        plot.marks = (0..5000).map(mark).collect();
        (plot.left, plot.right) = (-1.0, 5000.0);
        let whole = plot.whole(Up::Linear);
        assert!(plot.visible(&whole).count() > MOST_MARKS);
        for at in [0, 1, 2500, 4998, 4999] {
            let near = plot.near(at, &whole);
            let shown: Vec<usize> = plot.visible(&near).map(|(at, _)| at).collect();
            assert!(shown.contains(&at) && shown.len() <= MOST_MARKS, "{at}: {} shown", shown.len());
        }
        assert_eq!(plot.near(9000, &whole), whole);
    }

    #[test]
    fn ticks_are_few_and_round() {
        let view = View { left: 1_746_095_400.0, right: 1_746_113_400.0, bottom: 0.0, top: 53.0 };
        let up: Vec<String> = ticks_up(&view, Up::Linear, 6).into_iter().map(|(_, text)| text).collect();
        assert_eq!(up, ["0", "10", "20", "30", "40", "50"]);
        let across: Vec<String> =
            time_ticks(view.left, view.right, 6).into_iter().map(|(_, text)| text).collect();
        assert_eq!(across, ["05-01 11:00", "05-01 12:00", "05-01 13:00", "05-01 14:00", "05-01 15:00"]);
        for (from, to) in [(f64::NAN, 1.0), (1.0, 1.0), (-1e18, 1e18)] {
            assert!(time_ticks(from, to, 6).len() <= 200);
            assert!(round_ticks(from, to, 6).len() <= 200);
        }
    }
}
