//! Folders that were opened before, where the browser hands out folders as handles that can be kept. What is kept,
//! in the browser's own database: the handle, the folder's name, and when it was last opened. Nothing of what is in
//! it. A handle opens nothing by itself: after a restart the browser asks the person once more.

use js_sys::{Array, Date, Function, Object, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, DomException, FileSystemDirectoryHandle, FileSystemHandle, FileSystemHandleKind,
    IdbDatabase, IdbObjectStore, IdbObjectStoreParameters, IdbRequest, IdbTransactionMode,
};

use crate::collect::Dropped;
use crate::state::App;

/// The database, and what it has one of.
const DATABASE: &str = "graphkeep";
const FOLDERS: &str = "folders";
const VERSION: u32 = 1;
/// Of more, those that were opened longest ago are forgotten.
const MOST: usize = 8;

/// A folder that was opened before.
#[derive(Debug, Clone, PartialEq)]
pub struct Recent {
    /// Its place in the database.
    pub key: u32,
    pub name: String,
    /// Milliseconds since 1970.
    pub opened_ms: f64,
    handle: FileSystemDirectoryHandle,
}

/// What is known of them; copies are the same.
#[derive(Clone, Copy)]
pub struct Recents {
    folders: RwSignal<Vec<Recent>, LocalStorage>,
    refused: RwSignal<Option<String>>,
}

impl Recents {
    pub fn provide() {
        let recents = Self { folders: RwSignal::new_local(Vec::new()), refused: RwSignal::new(None) };
        provide_context(recents);
        if picker().is_some() {
            recents.after(async { Ok(()) });
        }
    }

    /// The newest first.
    pub fn folders(self) -> Vec<Recent> {
        self.folders.get()
    }

    /// Why the last one that was asked for is not here.
    pub fn refused(self) -> Option<String> {
        self.refused.get()
    }

    /// Whether the browser gives folders as handles.
    pub fn has_picker(self) -> bool {
        picker().is_some()
    }

    /// Lets the person choose a folder, and reads it.
    pub fn pick(self, app: App) {
        let Some(show) = picker() else { return };
        let picked = show.call0(&window());
        spawn_local(async move {
            let picked = match picked {
                Ok(promise) => JsFuture::from(promise.unchecked_into::<Promise>()).await,
                Err(error) => Err(error),
            };
            match picked {
                Ok(handle) => self.take(app, handle.unchecked_into()),
                // The person changed their mind.
                Err(error) if name_of(&error) == "AbortError" => {}
                Err(error) => {
                    self.refused.set(Some(format!("The folder could not be opened: {}", words(&error))));
                }
            }
        });
    }

    /// Reads a folder again. Within a click, so that the browser may ask.
    pub fn open(self, app: App, recent: Recent) {
        let asked = ask(&recent.handle);
        spawn_local(async move {
            let answer = match asked {
                Ok(promise) => JsFuture::from(promise).await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(answer) if answer == "granted" => self.take(app, recent.handle),
                Ok(_) => self.refused.set(Some(format!(
                    "{} was not opened: the browser was not allowed to show it to this page.",
                    recent.name
                ))),
                Err(error) => self.refused.set(Some(format!(
                    "{} was not opened: {}. It may have been moved or deleted.",
                    recent.name,
                    words(&error)
                ))),
            }
        });
    }

    fn take(self, app: App, handle: FileSystemDirectoryHandle) {
        self.refused.set(None);
        app.expect_files();
        app.add_dropped(Dropped::folder(handle.clone()));
        self.after(remember(handle));
    }

    /// Keeps the folders of a drop. Within its event, because the browser empties the drop afterwards.
    pub fn remember_dropped(self, transfer: &DataTransfer) {
        let items = transfer.items();
        let items = (0..items.length()).filter_map(|index| items.get(index));
        let handles = items.filter(|item| item.kind() == "file").filter_map(|item| {
            let handle =
                Reflect::get(&item, &"getAsFileSystemHandle".into()).ok()?.dyn_into::<Function>().ok()?;
            handle.call0(&item).ok()?.dyn_into::<Promise>().ok()
        });
        for handle in handles.collect::<Vec<_>>() {
            self.after(async move {
                let handle = JsFuture::from(handle).await?;
                match handle.dyn_into::<FileSystemHandle>() {
                    Ok(handle) if handle.kind() == FileSystemHandleKind::Directory => {
                        remember(handle.unchecked_into()).await
                    }
                    _ => Ok(()),
                }
            });
        }
    }

    /// Forgets one.
    pub fn forget(self, key: u32) {
        self.after(async move {
            answer(&store(IdbTransactionMode::Readwrite).await?.delete(&key.into())?).await.map(drop)
        });
    }

    /// Forgets all.
    pub fn forget_all(self) {
        self.after(async { answer(&store(IdbTransactionMode::Readwrite).await?.clear()?).await.map(drop) });
    }

    /// Does something to what is kept, and shows what there is then.
    fn after(self, change: impl Future<Output = Result<(), JsValue>> + 'static) {
        spawn_local(async move {
            // Where storage is forbidden nothing is kept, and nothing else changes.
            let _ = change.await;
            if let Ok(folders) = all().await {
                self.folders.set(folders);
            }
        });
    }
}

/// `showDirectoryPicker`, where there is one.
fn picker() -> Option<Function> {
    Reflect::get(&window(), &"showDirectoryPicker".into()).ok()?.dyn_into().ok()
}

/// Asks for leave to read; answered at once where it is given already.
fn ask(handle: &FileSystemDirectoryHandle) -> Result<Promise, JsValue> {
    let ask: Function = Reflect::get(handle, &"requestPermission".into())?.dyn_into()?;
    let how = Object::new();
    Reflect::set(&how, &"mode".into(), &"read".into())?;
    Ok(ask.call1(handle, &how)?.unchecked_into())
}

/// Keeps a folder, or its new time where it is kept already.
async fn remember(handle: FileSystemDirectoryHandle) -> Result<(), JsValue> {
    let mut kept = all().await?;
    let record = Object::new();
    for (name, value) in [
        ("name", JsValue::from(handle.name())),
        ("opened", Date::now().into()),
        ("handle", handle.clone().into()),
    ] {
        Reflect::set(&record, &name.into(), &value)?;
    }
    for at in 0..kept.len() {
        if JsFuture::from(kept[at].handle.is_same_entry(&handle)).await? == JsValue::TRUE {
            Reflect::set(&record, &"key".into(), &kept.remove(at).key.into())?;
            break;
        }
    }
    let store = store(IdbTransactionMode::Readwrite).await?;
    let mut request = store.put(&record)?;
    for old in kept.iter().skip(MOST - 1) {
        request = store.delete(&old.key.into())?;
    }
    answer(&request).await.map(drop)
}

/// Everything that is kept, the newest first.
async fn all() -> Result<Vec<Recent>, JsValue> {
    let records: Array =
        answer(&store(IdbTransactionMode::Readonly).await?.get_all()?).await?.unchecked_into();
    let mut folders: Vec<Recent> = records.iter().filter_map(|record| recent(&record)).collect();
    folders.sort_by(|a, b| b.opened_ms.total_cmp(&a.opened_ms));
    Ok(folders)
}

fn recent(record: &JsValue) -> Option<Recent> {
    let field = |name: &str| Reflect::get(record, &name.into()).ok();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the browser counts them from 1"
    )]
    let key = field("key")?.as_f64()? as u32;
    Some(Recent {
        key,
        name: field("name")?.as_string()?,
        opened_ms: field("opened")?.as_f64()?,
        handle: field("handle")?.dyn_into().ok()?,
    })
}

async fn store(mode: IdbTransactionMode) -> Result<IdbObjectStore, JsValue> {
    let factory = window().indexed_db()?.ok_or("the browser keeps nothing here")?;
    let request = factory.open_with_u32(DATABASE, VERSION)?;
    let opened = request.clone();
    let upgrade = Closure::once_into_js(move || {
        let database: IdbDatabase = opened.result()?.unchecked_into();
        let keys = IdbObjectStoreParameters::new();
        keys.set_key_path(&"key".into());
        keys.set_auto_increment(true);
        database.create_object_store_with_optional_parameters(FOLDERS, &keys).map(drop)
    });
    request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
    let database: IdbDatabase = answer(&request).await?.unchecked_into();
    let transaction = database.transaction_with_str_and_mode(FOLDERS, mode)?;
    // Once this transaction is through.
    database.close();
    transaction.object_store(FOLDERS)
}

/// What a request to the database gives.
async fn answer(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let settled = Promise::new(&mut |done, failed| {
        request.set_onsuccess(Some(&done));
        request.set_onerror(Some(&failed));
    });
    JsFuture::from(settled).await?;
    request.result()
}

fn name_of(error: &JsValue) -> String {
    error.dyn_ref::<DomException>().map(DomException::name).unwrap_or_default()
}

fn words(error: &JsValue) -> String {
    error.dyn_ref::<DomException>().map_or_else(|| format!("{error:?}"), DomException::message)
}
