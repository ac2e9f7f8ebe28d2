//! The staircase: every backup of a database by time and transactions, what restores and what is missing.
//!
//! Shape and text carry all of it, colour only repeats it. The marks are one stop for the keyboard; arrows go
//! from mark to mark. The table of artifacts on the same screen is its twin and has every action too.

use std::sync::Arc;

use graphkeep_core::report::{ArtifactId, BackupType, Database, Report, Role};
use leptos::ev;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, SvgElement};

use crate::components::tables::path_words;
use crate::plot::{Across, Frame, MOST_MARKS, Mark, Plot, Up, View, path_to, ticks_up};
use crate::wording::of;

/// As wide as its place, so that words in it have the size of the page's own.
const FRAME: Frame = Frame { width: 960.0, height: 380.0, left: 84.0, right: 20.0, top: 18.0, bottom: 92.0 };
const NARROWEST: f64 = 240.0;
/// Room for the words of a tick.
const TICK: f64 = 105.0;
/// Where the strip of reachable times stands, and the lanes above it, from the bottom.
const STRIP: f64 = 14.0;
const LANE: f64 = 8.0;
/// Columns that marks are put into where there are too many.
const COLUMNS: usize = 160;

/// The plot of one database. `open` is called with the artifact whose mark was chosen twice.
#[component]
pub fn Staircase(
    report: Arc<Report>,
    database: Arc<Database>,
    /// The artifact whose restore path is lit, here and in the table of artifacts.
    chosen: RwSignal<Option<ArtifactId>>,
    open: Callback<ArtifactId>,
) -> impl IntoView {
    let stage = Stage::new(report.clone(), database.clone(), chosen, open);
    let pointers = Pointers { stage, down: StoredValue::new(Vec::new()) };
    let Stage { plot, view, up, frame, .. } = stage;
    stage.fit();
    let lit = Memo::new({
        let database = database.clone();
        move |_| chosen.get().map(|artifact| path_to(&database, artifact).to_vec()).unwrap_or_default()
    });
    let name = label(&database);
    let drawn = report.clone();
    let note = move || match chosen.get() {
        None => "Choose a backup to see what restores it; choose it again to open it.".to_owned(),
        Some(artifact) => cost(&report, &database, artifact),
    };
    view! {
        <div class="staircase">
            <Tools stage/>
            <div
                class="staircase-drawing"
                tabindex="-1"
                node_ref=stage.drawing
                on:keydown=move |event| stage.key(&event)
                on:wheel=move |event| pointers.wheel(&event)
                on:pointerdown=move |event| pointers.down(&event)
                on:pointermove=move |event| pointers.moved(&event)
                on:pointerup=move |event| pointers.up(&event)
                on:pointercancel=move |event| pointers.up(&event)
            >
                <svg viewBox=move || frame.with(|frame| format!("0 0 {} {}", frame.width, frame.height)) role="group" aria-label=name>
                    <defs>
                        <pattern id="hatch-wide" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                            <line x1="0" y1="0" x2="0" y2="7" class="hatch"/>
                        </pattern>
                        <clipPath id="plot-area">
                            <rect x=FRAME.left - 8.0 y="0" width=move || frame.get().across() + 16.0 height=FRAME.height/>
                        </clipPath>
                    </defs>
                    {move || plot.with(|plot| axes(plot, &frame.get(), &view.get(), up.get()))}
                    <g clip-path="url(#plot-area)">
                        {move || plot.with(|plot| background(plot, &frame.get(), &view.get(), up.get()))}
                        {move || marks(&drawn, stage, &lit.get())}
                    </g>
                </svg>
            </div>
            <p class="staircase-note" aria-live="polite">{note}</p>
        </div>
    }
}

/// What is drawn and how: everything that the parts of the staircase share.
#[derive(Clone, Copy)]
struct Stage {
    across: RwSignal<Across>,
    up: RwSignal<Up>,
    plot: Memo<Plot>,
    whole: Memo<View>,
    view: RwSignal<View>,
    frame: RwSignal<Frame>,
    /// The mark that Tab comes to, by its place in time.
    current: RwSignal<usize>,
    chosen: RwSignal<Option<ArtifactId>>,
    drawing: NodeRef<Div>,
    open: Callback<ArtifactId>,
}

impl Stage {
    fn new(
        report: Arc<Report>,
        database: Arc<Database>,
        chosen: RwSignal<Option<ArtifactId>>,
        open: Callback<ArtifactId>,
    ) -> Self {
        let across = RwSignal::new(Across::default());
        let up = RwSignal::new(Up::default());
        let plot = Memo::new(move |_| Plot::new(&report, &database, across.get()));
        let whole = Memo::new(move |_| plot.with(|plot| plot.whole(up.get())));
        let view = RwSignal::new(whole.get_untracked());
        Effect::new(move |_| view.set(whole.get()));
        let current = RwSignal::new(plot.with_untracked(|plot| plot.marks.len().saturating_sub(1)));
        let (frame, drawing) = (RwSignal::new(FRAME), NodeRef::new());
        let stage = Self { across, up, plot, whole, view, frame, current, chosen, drawing, open };
        // Chosen in the table, it may stand outside of the window.
        Effect::new(move |_| {
            let Some(chosen) = chosen.get() else { return };
            let is_it = |mark: &Mark| mark.artifact == chosen;
            if let Some(at) = plot.with_untracked(|plot| plot.marks.iter().position(is_it)) {
                stage.go(at);
            }
        });
        stage
    }

    /// Keeps the frame as wide as the drawing's place.
    fn fit(self) {
        let measure = move || {
            let Some(drawing) = self.drawing.get() else { return };
            let width = f64::from(drawing.client_width());
            // Nothing is that narrow but what is not shown.
            if width > 0.0 {
                self.frame.set(Frame { width: width.max(NARROWEST), ..FRAME });
            }
        };
        Effect::new(move |_| measure());
        let resized = window_event_listener(ev::resize, move |_| untrack(measure));
        on_cleanup(move || resized.remove());
    }

    fn zoom(self, factor: f64, part: f64) {
        let whole = self.whole.get_untracked();
        self.view.update(|view| *view = view.zoomed(factor, part, &whole));
    }

    fn pan(self, part: f64) {
        let whole = self.whole.get_untracked();
        self.view.update(|view| *view = view.panned(part, &whole));
    }

    fn reset(self) {
        self.view.set(self.whole.get_untracked());
    }

    /// Lights what restores a backup; opens it where that is lit already.
    fn choose(self, artifact: ArtifactId) {
        if self.chosen.get_untracked() == Some(artifact) {
            self.open.run(artifact);
        } else {
            self.chosen.set(Some(artifact));
            self.refocus();
        }
    }

    /// Marks are drawn anew with every change: the current one gets the focus again, or the drawing where it is
    /// out of sight, so that keys go on.
    fn refocus(self) {
        let to = self.current.get_untracked();
        request_animation_frame(move || {
            // Opening a backup takes the drawing away.
            let Some(drawing) = self.drawing.try_get_untracked().flatten() else { return };
            let mark = drawing.query_selector(&format!("#mark-{to}")).ok().flatten();
            let _ = match mark.and_then(|mark| mark.dyn_into::<SvgElement>().ok()) {
                Some(mark) => mark.focus(),
                None => drawing.focus(),
            };
        });
    }

    /// The part of the window's width at which the current mark stands.
    fn part(self) -> f64 {
        let at = self.current.get_untracked();
        let x = self.plot.with_untracked(|plot| plot.marks.get(at).map(|mark| mark.x));
        let view = self.view.get_untracked();
        x.map_or(0.5, |x| ((x - view.left) / view.width()).clamp(0.0, 1.0))
    }

    /// Makes a mark the current one, and moves the window to it.
    fn go(self, to: usize) {
        let Some(x) = self.plot.with_untracked(|plot| plot.marks.get(to).map(|mark| mark.x)) else { return };
        self.current.set(to);
        let whole = self.whole.get_untracked();
        self.view.update(|view| {
            *view = view.around(x, &whole);
            // In bins no mark can have the focus.
            self.plot.with_untracked(|plot| {
                if plot.visible(view).count() > MOST_MARKS {
                    *view = plot.near(to, view);
                }
            });
        });
    }

    fn key(self, event: &ev::KeyboardEvent) {
        let last = self.plot.with_untracked(|plot| plot.marks.len().saturating_sub(1));
        let at = self.current.get_untracked();
        let is_binned = self
            .plot
            .with_untracked(|plot| self.view.with_untracked(|view| plot.visible(view).count() > MOST_MARKS));
        match event.key().as_str() {
            "ArrowRight" if event.shift_key() => self.pan(0.2),
            "ArrowLeft" if event.shift_key() => self.pan(-0.2),
            "Enter" | " " if is_binned => self.go(at),
            "ArrowRight" | "ArrowDown" => self.go((at + 1).min(last)),
            "ArrowLeft" | "ArrowUp" => self.go(at.saturating_sub(1)),
            "Home" => self.go(0),
            "End" => self.go(last),
            "+" | "=" => self.zoom(0.5, self.part()),
            "-" => self.zoom(2.0, self.part()),
            "0" => self.reset(),
            "Enter" | " " => {
                let artifact = self.plot.with_untracked(|plot| plot.marks.get(at).map(|mark| mark.artifact));
                if let Some(artifact) = artifact {
                    self.choose(artifact);
                }
            }
            "Escape" if self.chosen.get_untracked().is_some() => self.chosen.set(None),
            _ => return,
        }
        self.refocus();
        event.prevent_default();
        event.stop_propagation();
    }
}

/// How to draw, and the zoom for those without a wheel.
#[component]
fn Tools(stage: Stage) -> impl IntoView {
    let Stage { across, up, .. } = stage;
    view! {
        <div class="staircase-tools" role="group" aria-label="How to draw">
            <Toggle name="across" label="time" on=Signal::derive(move || across.get() == Across::Time) set=move || across.set(Across::Time)/>
            <Toggle name="across" label="equal steps" on=Signal::derive(move || across.get() == Across::Steps) set=move || across.set(Across::Steps)/>
            <span class="tool-gap"></span>
            <Toggle name="up" label="tx linear" on=Signal::derive(move || up.get() == Up::Linear) set=move || up.set(Up::Linear)/>
            <Toggle name="up" label="tx log" on=Signal::derive(move || up.get() == Up::Log) set=move || up.set(Up::Log)/>
            <span class="tool-gap"></span>
            <button class="tool" aria-label="Zoom in" on:click=move |_| stage.zoom(0.5, 0.5)>"+"</button>
            <button class="tool" aria-label="Zoom out" on:click=move |_| stage.zoom(2.0, 0.5)>"−"</button>
            <button class="tool" on:click=move |_| stage.reset()>"whole"</button>
        </div>
    }
}

/// Every mark in the window, or bins where they are too many to tell apart.
fn marks(report: &Report, stage: Stage, lit: &[ArtifactId]) -> AnyView {
    let (frame, view, up) = (stage.frame.get(), stage.view.get(), stage.up.get());
    stage.plot.with(|plot| {
        if plot.visible(&view).count() > MOST_MARKS {
            return bins(plot, &frame, &view, up, stage).into_any();
        }
        let (stop, picked) = (stage.current.get(), stage.chosen.get());
        let shown: Vec<_> = plot
            .visible(&view)
            .map(|(at, mark)| {
                let artifact = mark.artifact;
                let look = Look {
                    is_stop: at == stop,
                    is_chosen: picked == Some(artifact),
                    light: match lit {
                        [] => "",
                        lit if lit.contains(&artifact) => " lit",
                        _ => " dimmed",
                    },
                };
                let press = move || {
                    stage.current.set(at);
                    stage.choose(artifact);
                };
                draw(at, mark, report.artifacts[artifact].path.base(), Scale { frame, view, up }, look, press)
            })
            .collect();
        shown.into_any()
    })
}

/// What the drawing says as a whole.
fn label(database: &Database) -> String {
    let artifacts = of(database.members.len(), "backup", "backups");
    let gaps = of(database.gaps.len(), "gap", "gaps");
    format!(
        "{}: {artifacts} by time and transactions, {gaps}; arrow keys go from backup to backup",
        database.name
    )
}

/// What it takes to restore up to an artifact.
fn cost(report: &Report, database: &Database, artifact: ArtifactId) -> String {
    let chosen = &report.artifacts[artifact];
    let path = path_to(database, artifact);
    if path.is_empty() {
        let member = database.members.iter().find(|member| member.artifact == artifact);
        return match member.map(|member| member.role) {
            Some(Role::Empty) => {
                format!("{}: nothing had changed since the backup before it", chosen.path.base())
            }
            _ => format!("{}: no chain at hand restores it", chosen.path.base()),
        };
    }
    let words = path_words(report, path).unwrap_or_default();
    format!("{} (tx {}): restored by {words} to read", chosen.path.base(), chosen.range())
}

#[component]
fn Toggle<F: Fn() + 'static>(
    name: &'static str,
    label: &'static str,
    on: Signal<bool>,
    set: F,
) -> impl IntoView {
    view! {
        <label class="tool" class:on=move || on.get()>
            <input type="radio" name=name prop:checked=move || on.get() on:change=move |_| set()/>
            {label}
        </label>
    }
}

fn axes(plot: &Plot, frame: &Frame, view: &View, up: Up) -> impl IntoView + use<> {
    let (left, right) = (frame.left, frame.width - frame.right);
    let (top, bottom) = (frame.top, frame.height - frame.bottom);
    let rows: Vec<_> = ticks_up(view, up, 7)
        .into_iter()
        .map(|(at, text)| {
            let y = frame.y(view, at);
            view! {
                <line class="grid" x1=left x2=right y1=y y2=y/>
                <text class="tick" x=left - 8.0 y=y + 4.0 text-anchor="end">{text}</text>
            }
        })
        .collect();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small number above nought"
    )]
    let most = (frame.across() / TICK).max(3.0) as usize;
    let columns: Vec<_> = plot
        .ticks_across(view, most)
        .into_iter()
        .map(|(at, text)| {
            let x = frame.x(view, at);
            view! {
                <line class="tick-mark" x1=x x2=x y1=bottom y2=bottom + 5.0/>
                <text class="tick" x=x y=bottom + 18.0 text-anchor="middle">{text}</text>
            }
        })
        .collect();
    view! {
        <g aria-hidden="true">
            {rows}
            {columns}
            <line class="axis" x1=left x2=right y1=bottom y2=bottom/>
            <line class="axis" x1=left x2=left y1=top y2=bottom/>
            <text class="tick" x=left - 8.0 y=top - 2.0 text-anchor="end">"tx"</text>
            <text class="tick" x=left - 8.0 y=frame.height - STRIP + 5.0 text-anchor="end">"restorable"</text>
        </g>
    }
}

/// Lanes of chains, boxes of gaps and overlaps, and the strip of reachable times.
fn background(plot: &Plot, frame: &Frame, view: &View, up: Up) -> impl IntoView + use<> {
    let strip = frame.height - STRIP;
    let (left, right) = (frame.left, frame.width - frame.right);
    let reachable: Vec<_> = plot
        .reachable
        .iter()
        .map(|(from, to)| {
            let (from, to) = (frame.x(view, *from), frame.x(view, *to));
            // A lone full is a point, and still to be seen.
            let width = (to - from).max(4.0);
            view! { <rect class="reachable" x=from - (width - (to - from)) / 2.0 y=strip - 4.0 width=width height="8"/> }
        })
        .collect();
    let lanes: Vec<_> = plot
        .lanes
        .iter()
        .enumerate()
        .map(|(at, lane)| {
            let y = strip - 12.0 - LANE * at as f64;
            let (from, to) = (frame.x(view, lane.left), frame.x(view, lane.right));
            view! {
                <g class="lane">
                    <title>{lane.text.clone()}</title>
                    <line x1=from x2=to.max(from + 4.0) y1=y y2=y/>
                    <line x1=from x2=from y1=y - 3.0 y2=y + 3.0/>
                </g>
            }
        })
        .collect();
    let holes: Vec<_> = plot
        .holes
        .iter()
        .map(|hole| {
            let (x, to) = (frame.x(view, hole.left), frame.x(view, hole.right));
            let top = frame.y(view, up.height(hole.highest));
            let bottom = frame.y(view, up.height(hole.lowest.saturating_sub(1)));
            let class = if hole.is_overlap { "hole overlap" } else { "hole" };
            // The words stay in sight while a part of the box does.
            let middle = f64::midpoint(x.max(left), to.min(right));
            let (middle, anchor) = match middle {
                _ if middle > right - 90.0 => (right, "end"),
                _ if middle < left + 90.0 => (left + 4.0, "start"),
                _ => (middle, "middle"),
            };
            view! {
                <g class=class>
                    <rect x=x y=top width=(to - x).max(6.0) height=(bottom - top).max(6.0)/>
                    <text x=middle y=f64::midpoint(top, bottom) + 4.0 text-anchor=anchor>{hole.text.clone()}</text>
                </g>
            }
        })
        .collect();
    view! {
        <rect class="unreachable" x=left y=strip - 4.0 width=right - left height="8"/>
        {reachable}
        {lanes}
        {holes}
    }
}

fn bins(plot: &Plot, frame: &Frame, window: &View, up: Up, stage: Stage) -> impl IntoView + use<> {
    let shown: Vec<_> = plot
        .bins(window, COLUMNS)
        .into_iter()
        .enumerate()
        .map(|(at, bin)| {
            let (x, to) = (frame.x(window, bin.left), frame.x(window, bin.right));
            let top = frame.y(window, up.height(bin.highest));
            let bottom = frame.y(window, up.height(bin.lowest));
            let unusable =
                if bin.unusable > 0 { format!(", {} unusable", bin.unusable) } else { String::new() };
            let name = format!(
                "{}, tx {}..{}{unusable}: zoom in",
                of(bin.count, "backup", "backups"),
                bin.lowest,
                bin.highest
            );
            let title = name.clone();
            let class = if bin.unusable > 0 { "bin bad" } else { "bin" };
            let part = frame.part(f64::midpoint(x, to));
            let closer = move |_| stage.zoom(0.1, part);
            view! {
                <g class=class role="button" tabindex=if at == 0 { "0" } else { "-1" } aria-label=name on:click=closer>
                    <title>{title}</title>
                    <rect x=x y=top width=(to - x - 1.0).max(1.0) height=(bottom - top).max(4.0)/>
                </g>
            }
        })
        .collect();
    shown
}

/// How a mark looks at this moment.
#[derive(Clone, Copy)]
struct Look {
    /// The one that Tab comes to.
    is_stop: bool,
    is_chosen: bool,
    /// Whether it is on the way to the chosen one: a class, led by a space.
    light: &'static str,
}

/// Where things stand.
#[derive(Clone, Copy)]
struct Scale {
    frame: Frame,
    view: View,
    up: Up,
}

fn draw(
    at: usize,
    mark: &Mark,
    file: &str,
    Scale { frame, view, up }: Scale,
    look: Look,
    press: impl Fn() + 'static,
) -> AnyView {
    let x = frame.x(&view, mark.x);
    let high = frame.y(&view, up.height(mark.highest));
    let low = frame.y(&view, up.height(mark.lowest.saturating_sub(1)));
    let cross = matches!(mark.role, Role::Unusable | Role::Damaged | Role::Superseded);
    let middle = if mark.kind == BackupType::Differential { f64::midpoint(high, low) } else { high };
    let shape = match mark.kind {
        // A full stands on a thin stem from 1: it covers all of that.
        BackupType::Full => view! {
            <line class="stem" x1=x x2=x y1=high y2=low/>
            <path class="body" d=format!("M{x} {}l7 7-7 7-7-7z", high - 7.0)/>
        }
        .into_any(),
        BackupType::Differential => {
            let height = (low - high).max(4.0);
            view! { <rect class="body" x=x - 4.0 y=low - height width="8" height=height rx="1"/> }.into_any()
        }
        BackupType::Empty => view! { <circle class="hollow" cx=x cy=high r="3.5"/> }.into_any(),
    };
    let sign = if cross {
        let d = format!("M{} {}l8 8m0-8l-8 8", x - 4.0, middle - 4.0);
        view! { <path class="cross" d=d/> }.into_any()
    } else if mark.verified {
        let d = format!("M{} {middle}l2.5 2.5 4-5", x - 3.0);
        view! { <path class="tick-sign" d=d/> }.into_any()
    } else {
        ().into_any()
    };
    let role = mark.role.as_str();
    let what = match mark.kind {
        BackupType::Empty => format!("empty backup, {} UTC", mark.time.words()),
        kind => format!(
            "{} backup, tx {}..{}, {} UTC",
            kind.as_str(),
            mark.lowest,
            mark.highest,
            mark.time.words()
        ),
    };
    let name = format!("{what}, {role}, {file}");
    let title = name.clone();
    let verified = if mark.verified { " verified" } else { "" };
    let chosen = if look.is_chosen { " chosen" } else { "" };
    let class = format!("mark {role}{verified}{chosen}{}", look.light);
    view! {
        <g
            id=format!("mark-{at}")
            class=class
            role="button"
            tabindex=if look.is_stop { "0" } else { "-1" }
            aria-pressed=if look.is_chosen { "true" } else { "false" }
            aria-label=name
            on:click=move |_| press()
        >
            <title>{title}</title>
            // Wide enough for a finger, whatever the mark's size.
            <rect class="target" x=x - 12.0 y=high - 12.0 width="24" height=(low - high).clamp(0.0, 400.0) + 24.0/>
            {shape}
            {sign}
        </g>
    }
    .into_any()
}

/// Zooming and panning by wheel, drag and pinch.
#[derive(Clone, Copy)]
struct Pointers {
    stage: Stage,
    /// Pointers that are down, by id, with their last place in the drawing's pixels.
    down: StoredValue<Vec<(i32, f64)>>,
}

impl Pointers {
    fn frame(&self) -> Frame {
        self.stage.frame.get_untracked()
    }

    /// A pointer's place across, in the drawing's own pixels.
    fn place(&self, client_x: i32) -> Option<f64> {
        let element: HtmlElement = self.stage.drawing.get_untracked()?.into();
        let bounds = element.unchecked_ref::<Element>().get_bounding_client_rect();
        let width = bounds.width();
        (width > 0.0).then(|| (f64::from(client_x) - bounds.left()) / width * self.frame().width)
    }

    /// With Ctrl, as a pinch on a touch pad comes too, or sideways: otherwise the page scrolls as it should.
    fn wheel(&self, event: &ev::WheelEvent) {
        let sideways = event.delta_x().abs() > event.delta_y().abs();
        if !(event.ctrl_key() || event.meta_key() || event.shift_key() || sideways) {
            return;
        }
        let Some(place) = self.place(event.client_x()) else { return };
        event.prevent_default();
        let by = if sideways { event.delta_x() } else { event.delta_y() };
        if sideways || event.shift_key() {
            self.stage.pan(by / 1000.0);
        } else {
            self.stage.zoom((by / 300.0).clamp(-2.0, 2.0).exp2(), self.frame().part(place));
        }
    }

    fn down(&self, event: &ev::PointerEvent) {
        if let Some(place) = self.place(event.client_x()) {
            self.down.update_value(|down| down.push((event.pointer_id(), place)));
        }
    }

    fn moved(&self, event: &ev::PointerEvent) {
        let Some(place) = self.place(event.client_x()) else { return };
        let before = self.down.get_value();
        let Some(at) = before.iter().position(|(id, _)| *id == event.pointer_id()) else { return };
        // Released outside of the drawing, which tells nobody.
        if event.buttons() == 0 {
            return self.up(event);
        }
        let frame = self.frame();
        let others = before.iter().enumerate().filter(|(other, _)| *other != at);
        if let Some(other) = others.map(|(_, (_, place))| *place).next() {
            // Two fingers: their distance is the factor, the point between them stays.
            let (was, is) = ((before[at].1 - other).abs().max(8.0), (place - other).abs().max(8.0));
            self.stage.zoom(was / is, frame.part(f64::midpoint(place, other)));
        } else {
            self.stage.pan((before[at].1 - place) / frame.across());
        }
        self.down.update_value(|down| down[at].1 = place);
    }

    fn up(&self, event: &ev::PointerEvent) {
        self.down.update_value(|down| down.retain(|(id, _)| *id != event.pointer_id()));
    }
}
