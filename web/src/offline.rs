//! The page without a network, and as an app: what the service worker has kept, whether a newer build waits, and
//! the browser's offer to install. The service worker itself is `assets/sw.js`.

use js_sys::{Function, Promise, Reflect};
use leptos::ev::Custom;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, ServiceWorker, ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState};

/// load.js keeps the browser's offer here and tells by this event that it came: it may come before the page starts.
const OFFER: &str = "graphkeepInstall";

/// What is known of it; copies are the same.
#[derive(Clone, Copy)]
pub struct Offline {
    kept: RwSignal<bool>,
    waiting: RwSignal<Option<ServiceWorker>, LocalStorage>,
    offer: RwSignal<Option<JsValue>, LocalStorage>,
    others_are_open: RwSignal<bool>,
}

impl Offline {
    /// Starts the service worker, where the site has one and the browser lets it.
    pub fn start() -> Self {
        let offline = Self {
            kept: RwSignal::new(false),
            waiting: RwSignal::new_local(None),
            offer: RwSignal::new_local(None),
            others_are_open: RwSignal::new(false),
        };
        let look = move || offline.offer.set(offer());
        look();
        window_event_listener(Custom::<Event>::new(OFFER), move |_| look());
        if let (Some(script), Some(container)) = (script(), container()) {
            spawn_local(async move {
                // Refused where storage is, as in some private windows: the page works, with a network.
                let _ = offline.register(&script, &container).await;
            });
        }
        offline
    }

    /// Everything that the page needs is kept.
    pub fn is_kept(self) -> bool {
        self.kept.get()
    }

    /// A newer build is kept and waits.
    pub fn is_newer_waiting(self) -> bool {
        self.waiting.with(Option::is_some)
    }

    /// The newer build cannot start: it would change the page under other tabs.
    pub fn others_are_open(self) -> bool {
        self.others_are_open.get()
    }

    /// The browser would install the page.
    pub fn is_installable(self) -> bool {
        self.offer.with(Option::is_some)
    }

    /// Asks the browser to ask the person.
    pub fn install(self) {
        let Some(offer) = self.offer.get_untracked() else { return };
        // Of use once.
        self.offer.set(None);
        let prompt = Reflect::get(&offer, &"prompt".into()).and_then(JsCast::dyn_into::<Function>);
        let _ = prompt.and_then(|prompt| prompt.call0(&offer));
    }

    /// Lets the newer build take over; the page starts anew with it.
    pub fn start_newer(self) {
        if let Some(waiting) = self.waiting.get_untracked() {
            let _ = waiting.post_message(&"start".into());
        }
    }

    async fn register(self, script: &str, container: &ServiceWorkerContainer) -> Result<(), JsValue> {
        let registration: ServiceWorkerRegistration =
            JsFuture::from(container.register(script)).await?.unchecked_into();
        // The one at work kept this very page, unless there was none before.
        let was_controlled = container.controller().is_some();
        on(container, "controllerchange", move |_| {
            if was_controlled {
                let _ = window().location().reload();
            }
        });
        on(container, "message", move |_| self.others_are_open.set(true));

        self.wait_for(registration.waiting());
        self.watch(registration.installing());
        let found = registration.clone();
        on(&registration, "updatefound", move |_| self.watch(found.installing()));
        let ready: Promise = container.ready()?.unchecked_into();
        JsFuture::from(ready).await?;
        self.kept.set(true);
        Ok(())
    }

    fn watch(self, installing: Option<ServiceWorker>) {
        let Some(worker) = installing else { return };
        let watched = worker.clone();
        on(&worker, "statechange", move |_| {
            if watched.state() == ServiceWorkerState::Installed {
                self.wait_for(Some(watched.clone()));
            }
        });
    }

    /// The first of all waits for nobody: it is no newer one.
    fn wait_for(self, worker: Option<ServiceWorker>) {
        let is_newer = container().is_some_and(|container| container.controller().is_some());
        if let Some(worker) = worker.filter(|_| is_newer) {
            self.waiting.set(Some(worker));
        }
    }
}

fn on(target: &web_sys::EventTarget, event: &str, act: impl FnMut(Event) + 'static) {
    let act = Closure::<dyn FnMut(Event)>::new(act);
    // Fails for no name of an event.
    let _ = target.add_event_listener_with_callback(event, act.as_ref().unchecked_ref());
    // All of these last as long as the page.
    act.forget();
}

/// The site's service worker, which index.html names where there is one.
fn script() -> Option<String> {
    let meta = document().query_selector("meta[name=service-worker]").ok()??;
    meta.get_attribute("content")
}

/// Absent on insecure addresses.
fn container() -> Option<ServiceWorkerContainer> {
    let container = Reflect::get(&window().navigator(), &"serviceWorker".into()).ok()?;
    container.dyn_into().ok()
}

fn offer() -> Option<JsValue> {
    let offer = Reflect::get(&window(), &OFFER.into()).ok()?;
    (!offer.is_undefined()).then_some(offer)
}
