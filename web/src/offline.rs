//! The page without a network, and as an app: what the service worker has kept, what the host has that is newer,
//! and the browser's offer to install. The service worker itself is `assets/sw.js`.

use std::time::Duration;

use js_sys::{Function, Promise, Reflect};
use leptos::ev::Custom;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Event, MessageEvent, ServiceWorker, ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState,
};

/// load.js keeps the browser's offer here and tells by this event that it came: it may come before the page starts.
const OFFER: &str = "graphkeepInstall";

/// How the host differs from what is kept here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newer {
    /// A newer build is kept, and waits.
    Waiting,
    /// A build could not be kept: not all of its files came, or not all are of it.
    NotWhole,
    /// There is no service worker any more, so no newer build would ever come.
    Gone,
}

/// What is known of it; copies are the same.
#[derive(Clone, Copy)]
pub struct Offline {
    kept: RwSignal<bool>,
    newer: RwSignal<Option<Newer>>,
    /// The one that is to be told: that which waits, or that which is to end.
    worker: RwSignal<Option<ServiceWorker>, LocalStorage>,
    offer: RwSignal<Option<JsValue>, LocalStorage>,
    others_are_open: RwSignal<bool>,
}

impl Offline {
    /// Starts the service worker, where the site has one and the browser lets it: when the first screen stands and
    /// nothing else is to be done, because what it fetches is for later.
    pub fn start() -> Self {
        let offline = Self {
            kept: RwSignal::new(false),
            newer: RwSignal::new(None),
            worker: RwSignal::new_local(None),
            offer: RwSignal::new_local(None),
            others_are_open: RwSignal::new(false),
        };
        let look = move || offline.offer.set(offer());
        look();
        window_event_listener(Custom::<Event>::new(OFFER), move |_| look());
        if let (Some(script), Some(container)) = (script(), container()) {
            when_idle(move || {
                let (script, container) = (script.clone(), container.clone());
                spawn_local(async move {
                    // Refused where storage is, as in some private windows: the page works, with a network.
                    let _ = offline.register(&script, &container).await;
                });
            });
        }
        offline
    }

    /// Everything that the page needs is kept.
    pub fn is_kept(self) -> bool {
        self.kept.get()
    }

    /// How the host differs from what is kept, where it does.
    pub fn newer(self) -> Option<Newer> {
        self.newer.get()
    }

    /// What was asked for cannot be done: it would change the page under other tabs.
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
        self.tell("start");
    }

    /// Ends what is kept; the page starts anew from its host.
    pub fn leave(self) {
        self.tell("leave");
    }

    fn tell(self, wish: &str) {
        if let Some(worker) = self.worker.get_untracked() {
            let _ = worker.post_message(&wish.into());
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
        let at_work = registration.clone();
        on(container, "message", move |event| {
            let said = event.unchecked_into::<MessageEvent>().data().as_string();
            match said.as_deref() {
                Some("gone") => {
                    self.worker.set(at_work.active());
                    self.newer.set(Some(Newer::Gone));
                }
                Some("left") => drop(window().location().reload()),
                _ => self.others_are_open.set(true),
            }
        });

        self.wait_for(registration.waiting());
        self.watch(registration.installing());
        let found = registration.clone();
        on(&registration, "updatefound", move |_| self.watch(found.installing()));
        let ready: Promise = container.ready()?.unchecked_into();
        JsFuture::from(ready).await?;
        self.kept.set(true);
        // Browsers look for a newer one when a page starts, and tell nobody why they found none.
        if JsFuture::from(registration.update()?).await.is_err()
            && let Some(active) = registration.active()
        {
            active.post_message(&"look".into())?;
        }
        Ok(())
    }

    fn watch(self, installing: Option<ServiceWorker>) {
        let Some(worker) = installing else { return };
        let watched = worker.clone();
        let mut is_whole = false;
        on(&worker, "statechange", move |_| match watched.state() {
            ServiceWorkerState::Installed => {
                is_whole = true;
                self.wait_for(Some(watched.clone()));
            }
            // Later it only means that a still newer one took its place.
            ServiceWorkerState::Redundant if !is_whole => self.newer.set(Some(Newer::NotWhole)),
            _ => {}
        });
    }

    /// The first of all waits for nobody: it is no newer one.
    fn wait_for(self, worker: Option<ServiceWorker>) {
        let is_newer = container().is_some_and(|container| container.controller().is_some());
        if let Some(worker) = worker.filter(|_| is_newer) {
            self.worker.set(Some(worker));
            self.newer.set(Some(Newer::Waiting));
        }
    }
}

/// Does it when the screen stands and the browser has nothing better to do.
fn when_idle(act: impl Fn() + Clone + 'static) {
    request_animation_frame(move || {
        let later = act.clone();
        // Not every browser tells.
        if request_idle_callback_with_handle(act).is_err() {
            set_timeout(later, Duration::from_secs(1));
        }
    });
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
