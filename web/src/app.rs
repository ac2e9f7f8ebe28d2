//! The page's frame: what every screen has around it, and what the whole window listens to.

use graphkeep_core::FileName;
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, HtmlElement};

use crate::collect::Dropped;
use crate::components::drop_zone::DropVeil;
use crate::components::keyboard::{Keyboard, KeyboardDialogs};
use crate::components::newer::NewerBuild;
use crate::components::open::{AddFiles, FileInputs};
use crate::components::progress::Progress;
use crate::components::strip::Hatch;
use crate::components::tabs::ChosenTab;
use crate::components::theme::ThemeButton;
use crate::components::verifying::VerifyBar;
use crate::offline::Offline;
use crate::recents::Recents;
use crate::route::Route;
use crate::screens::artifact::ArtifactScreen;
use crate::screens::compare::CompareScreen;
use crate::screens::database::DatabaseScreen;
use crate::screens::estate::EstateScreen;
use crate::screens::report::ReportScreen;
use crate::screens::start::StartScreen;
use crate::state::{App, OpenedReport};

/// Replaces the static frame of index.html by the page.
///
/// # Panics
/// In a document without the element `#app`.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| say_last_words(&panic.to_string())));
    let root = document().get_element_by_id("app").expect("index.html has #app");
    root.set_inner_html("");
    mount_to(root.unchecked_into(), Page).forget();
}

/// The page itself met a defect: nothing on it works any more, so the text says what to do.
fn say_last_words(panic: &str) {
    leptos::logging::error!("{panic}");
    if let Some(root) = document().get_element_by_id("app") {
        let notice = document().create_element("p").expect("p is an element's name");
        notice.set_class_name("notice");
        // Neither fails for an element that was just made.
        let _ = notice.set_attribute("role", "alert");
        notice.set_text_content(Some(&format!(
            "Graphkeep met a defect of its own and has stopped. Your files are as they were. Reload the page; to report it, copy this: {panic} (build {})",
            crate::BUILD
        )));
        let _ = root.insert_before(&notice, root.first_child().as_ref());
    }
}

/// Everything.
#[component]
fn Page() -> impl IntoView {
    let app = App::provide();
    app.start_clock();
    provide_context(Offline::start());
    ChosenTab::provide();
    Recents::provide();
    let keyboard = Keyboard::provide();
    let listeners = [
        window_event_listener(leptos::ev::hashchange, move |_| app.follow_address()),
        window_event_listener(leptos::ev::paste, move |event: ClipboardEvent| {
            if let Some(transfer) = event.clipboard_data() {
                app.add_dropped(Dropped::of(&transfer));
            }
        }),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    Effect::new(move |_| document().set_title(&title(app)));

    view! {
        <a class="skip" href="#main" on:click=skip_to_main>"Skip to the content"</a>
        <FileInputs/>
        <header class="top">
            <button class="brand" id="home" on:click=move |_| app.go(Route::Estate)>
                <img src="icon.svg" alt="" width="20" height="20"/>
                "Graphkeep"
            </button>
            <nav aria-label="Where you are"><Trail/></nav>
            <div class="top-actions">
                <Show when=move || !app.is_empty()>
                    <AddFiles/>
                    <button id="report" on:click=move |_| app.go(Route::Report)>"Report"</button>
                    <button id="clear" on:click=move |_| app.clear()>"Clear"</button>
                </Show>
                <ThemeButton/>
            </div>
        </header>
        <main id="main" tabindex="-1">
            {move || app.failure().map(|details| view! { <NoWorkers details/> })}
            <NewerBuild/>
            <Progress/>
            <VerifyBar/>
            <Opened/>
            <Screen/>
        </main>
        <footer class="foot">
            <p>"Nothing leaves this tab: files are read here, and the page's policy forbids it to send anything anywhere."</p>
            <p>
                <button id="show-keys" class="link" on:click=move |_| keyboard.show_help()>"Keys"</button>
                {format!(" · Graphkeep {} · build {}", env!("CARGO_PKG_VERSION"), &crate::BUILD[..8])}
            </p>
        </footer>
        <DropVeil/>
        <Hatch/>
        <KeyboardDialogs keyboard/>
    }
}

/// A link whose address the page keeps for itself.
fn skip_to_main(event: leptos::ev::MouseEvent) {
    event.prevent_default();
    if let Some(main) = document().get_element_by_id("main") {
        let _ = main.unchecked_into::<HtmlElement>().focus();
    }
}

#[component]
fn Screen() -> impl IntoView {
    let app = App::here();
    let empty = Memo::new(move |_| app.is_empty());
    move || {
        if empty.get() {
            return view! { <StartScreen/> }.into_any();
        }
        match app.route() {
            Route::Estate => view! { <EstateScreen/> }.into_any(),
            Route::Database(id) => view! { <DatabaseScreen id/> }.into_any(),
            Route::Artifact(path) => view! { <ArtifactScreen path/> }.into_any(),
            Route::Compare(left, right) => view! { <CompareScreen left right/> }.into_any(),
            Route::Report => view! { <ReportScreen/> }.into_any(),
        }
    }
}

/// Home, then the way to this screen.
#[component]
fn Trail() -> impl IntoView {
    let app = App::here();
    let name = move |route: &Route| match route {
        Route::Estate => "All databases".to_owned(),
        Route::Database(id) => app
            .report()
            .and_then(|report| crate::state::database(&report, *id).map(|database| database.name.clone()))
            .unwrap_or_else(|| "database".to_owned()),
        Route::Artifact(path) => path.base().to_owned(),
        Route::Compare(_, other) => format!("with {}", other.base()),
        Route::Report => "Report".to_owned(),
    };
    let above = move |route: &Route| match route {
        Route::Estate => vec![],
        Route::Database(_) | Route::Report => vec![Route::Estate],
        Route::Compare(left, _) => {
            let above = [Route::Estate].into_iter().chain(database_of(app, left));
            above.chain([Route::Artifact(left.clone())]).collect()
        }
        Route::Artifact(path) => [Route::Estate].into_iter().chain(database_of(app, path)).collect(),
    };
    move || {
        if app.is_empty() {
            return ().into_any();
        }
        let route = app.route();
        let steps = above(&route).into_iter().map(|step| {
            let text = name(&step);
            view! { <li><button class="link" on:click=move |_| app.go(step.clone())>{text}</button></li> }
        });
        let steps: Vec<_> = steps.collect();
        view! { <ol class="trail">{steps}<li aria-current="page">{name(&route)}</li></ol> }.into_any()
    }
}

fn database_of(app: App, path: &FileName) -> Option<Route> {
    let report = app.report()?;
    let artifact = report.artifacts.iter().find(|artifact| artifact.path == *path)?;
    Some(Route::Database(artifact.database_id))
}

fn title(app: App) -> String {
    let activity = app.activity();
    if activity.is_busy() && activity.counts.found > 0 {
        return format!("{}% · Graphkeep", activity.counts.read * 100 / activity.counts.found);
    }
    let place = place(app);
    match app.verifying().filter(|verifying| !verifying.is_over()) {
        Some(verifying) => format!("{}% · {place}", verifying.percent()),
        None => place,
    }
}

/// The screen's own part of the title.
fn place(app: App) -> String {
    match app.route() {
        Route::Database(id) => app
            .report()
            .and_then(|report| Some(format!("{} · Graphkeep", crate::state::database(&report, id)?.name)))
            .unwrap_or_else(|| "Graphkeep".to_owned()),
        Route::Artifact(path) => format!("{} · Graphkeep", path.base()),
        Route::Estate | Route::Compare(..) | Route::Report => "Graphkeep".to_owned(),
    }
}

/// Where what is shown comes from a report, and not from files.
#[component]
fn Opened() -> impl IntoView {
    let app = App::here();
    move || {
        let opened = app.opened();
        (!opened.is_empty()).then(|| {
            let lines = opened.into_iter().map(|OpenedReport { name, time, files }| {
                let files = crate::wording::of(files, "file", "files");
                view! { <p>"From a report of "{time.words()}" UTC, "<code>{name}</code>": "{files}" in it, which are not here. What they hold can be read, not verified."</p> }
            });
            view! { <section id="opened-reports" class="banner" aria-label="Opened reports">{lines.collect::<Vec<_>>()}</section> }
        })
    }
}

#[component]
fn NoWorkers(details: String) -> impl IntoView {
    let text = format!(
        "No reader could be started, so no file can be read ({details}). Reload the page; the command line tool does the same: graphkeep inspect <folder>"
    );
    view! { <p class="notice" role="alert">{text}</p> }
}
