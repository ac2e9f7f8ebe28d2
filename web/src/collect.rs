//! Files as a person hands them over: dropped, pasted or chosen, with folders walked to their ends.

use graphkeep_core::FileName;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, DomException, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryHandle,
    FileSystemDirectoryReader, FileSystemEntry, FileSystemFileEntry, FileSystemFileHandle, FileSystemHandle,
    FileSystemHandleKind,
};

/// Files that are opened at once. The browser gives all of them in one piece of work, between whose parts it draws
/// nothing.
const OPENED: usize = 100;

/// A file with the path under which it was handed over.
pub struct Found {
    pub path: FileName,
    pub file: File,
}

/// A folder or file that the browser would not open.
pub struct Refused {
    pub path: FileName,
    pub why: String,
}

/// What a drop holds. To be taken within the event's handler: afterwards the browser empties the drop.
pub struct Dropped {
    entries: Vec<FileSystemEntry>,
    /// Items without an entry, as a pasted file is.
    files: Vec<Found>,
    /// A folder as a handle.
    folder: Option<FileSystemDirectoryHandle>,
}

impl Dropped {
    pub fn of(transfer: &DataTransfer) -> Self {
        let mut dropped = Self { entries: Vec::new(), files: Vec::new(), folder: None };
        let items = transfer.items();
        for item in (0..items.length()).filter_map(|index| items.get(index)) {
            if item.kind() != "file" {
                continue;
            }
            if let Ok(Some(entry)) = item.webkit_get_as_entry() {
                dropped.entries.push(entry);
            } else if let Ok(Some(file)) = item.get_as_file() {
                dropped.files.push(Found { path: FileName(file.name()), file });
            }
        }
        dropped
    }

    /// As a drop of that folder alone.
    pub fn folder(folder: FileSystemDirectoryHandle) -> Self {
        Self { entries: Vec::new(), files: Vec::new(), folder: Some(folder) }
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.files.is_empty() && self.folder.is_none()
    }

    /// Walks every folder and hands files on as they are found, so that reading starts before the walk ends.
    pub async fn walk(self, mut found: impl FnMut(Vec<Found>), mut refused: impl FnMut(Refused)) {
        if !self.files.is_empty() {
            found(self.files);
        }
        if let Some(folder) = self.folder {
            walk_handle(folder, &mut found, &mut refused).await;
        }
        let mut folders = Vec::new();
        let mut batch = self.entries;
        loop {
            let mut files = Vec::new();
            for entry in batch {
                if entry.is_directory() {
                    folders.push(entry.unchecked_into::<FileSystemDirectoryEntry>());
                } else {
                    files.push(entry.unchecked_into::<FileSystemFileEntry>());
                }
            }
            for files in files.chunks(OPENED) {
                let (opened, closed) = open_all(files).await;
                found(opened);
                closed.into_iter().for_each(&mut refused);
            }
            let Some(folder) = folders.pop() else { return };
            batch = match entries_of(&folder).await {
                Ok(entries) => entries,
                Err(error) => {
                    refused(Refused { path: path_of(&folder), why: words(&error) });
                    Vec::new()
                }
            };
        }
    }
}

/// The files of a chooser; of a chosen folder with their paths in it.
pub fn chosen(files: &FileList) -> Vec<Found> {
    let files = (0..files.length()).filter_map(|index| files.get(index));
    files.map(|file| Found { path: chosen_path(&file), file }).collect()
}

fn chosen_path(file: &File) -> FileName {
    let relative = Reflect::get(file, &"webkitRelativePath".into()).ok();
    let relative = relative.and_then(|path| path.as_string()).filter(|path| !path.is_empty());
    FileName(relative.unwrap_or_else(|| file.name()))
}

fn path_of(entry: &FileSystemEntry) -> FileName {
    FileName(entry.full_path().trim_start_matches('/').to_owned())
}

/// Walks a folder that came as a handle.
async fn walk_handle(
    folder: FileSystemDirectoryHandle,
    found: &mut impl FnMut(Vec<Found>),
    refused: &mut impl FnMut(Refused),
) {
    let mut folders = vec![(folder.name(), folder)];
    while let Some((path, folder)) = folders.pop() {
        let handles = match handles_in(&folder).await {
            Ok(handles) => handles,
            Err(error) => {
                refused(Refused { path: FileName(path), why: words(&error) });
                continue;
            }
        };
        let mut files = Vec::new();
        for handle in handles {
            let path = format!("{path}/{}", handle.name());
            if handle.kind() == FileSystemHandleKind::Directory {
                folders.push((path, handle.unchecked_into()));
            } else {
                files.push((path, handle.unchecked_into::<FileSystemFileHandle>()));
            }
        }
        for some in files.chunks(OPENED) {
            let pending: Vec<_> = some.iter().map(|(_, file)| JsFuture::from(file.get_file())).collect();
            let mut opened = Vec::new();
            for ((path, _), file) in some.iter().zip(pending) {
                let path = FileName(path.clone());
                match file.await {
                    Ok(file) => opened.push(Found { path, file: file.unchecked_into() }),
                    Err(error) => refused(Refused { path, why: words(&error) }),
                }
            }
            found(opened);
        }
    }
}

async fn handles_in(folder: &FileSystemDirectoryHandle) -> Result<Vec<FileSystemHandle>, JsValue> {
    let (entries, mut handles) = (folder.values(), Vec::new());
    loop {
        let next = JsFuture::from(entries.next()?).await?;
        if Reflect::get(&next, &"done".into())?.is_truthy() {
            return Ok(handles);
        }
        handles.push(Reflect::get(&next, &"value".into())?.unchecked_into());
    }
}

/// Every entry of a folder. The browser gives them in portions (Chromium: of 100) until one is empty.
async fn entries_of(folder: &FileSystemDirectoryEntry) -> Result<Vec<FileSystemEntry>, JsValue> {
    let reader: FileSystemDirectoryReader = folder.create_reader();
    let mut entries = Vec::new();
    loop {
        let portion = JsFuture::from(Promise::new(&mut |resolve: Function, reject: Function| {
            if let Err(error) = reader.read_entries_with_callback_and_callback(&resolve, &reject) {
                // The promise is settled with the reason; there is nobody else to tell.
                let _ = reject.call1(&JsValue::NULL, &error);
            }
        }));
        let portion = Array::from(&portion.await?);
        if portion.length() == 0 {
            return Ok(entries);
        }
        entries.extend(portion.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}

async fn open_all(entries: &[FileSystemFileEntry]) -> (Vec<Found>, Vec<Refused>) {
    let pending: Vec<_> = entries
        .iter()
        .map(|entry| {
            JsFuture::from(Promise::new(&mut |resolve: Function, reject: Function| {
                entry.file_with_callback_and_callback(&resolve, &reject);
            }))
        })
        .collect();
    let (mut opened, mut closed) = (Vec::new(), Vec::new());
    for (entry, file) in entries.iter().zip(pending) {
        let path = path_of(entry);
        match file.await {
            Ok(file) => opened.push(Found { path, file: file.unchecked_into() }),
            Err(error) => closed.push(Refused { path, why: words(&error) }),
        }
    }
    (opened, closed)
}

fn words(error: &JsValue) -> String {
    error.dyn_ref::<DomException>().map_or_else(
        || format!("{error:?}"),
        |exception| format!("the browser would not open it ({}: {})", exception.name(), exception.message()),
    )
}
