//! Nothing can leave the page: the policy is there, and the browser holds the page and its workers to it.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use graphkeep_tests::browser::Kind;
use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, visit_with_attempts};

/// Tries each way out and says which were refused.
const ATTEMPTS: &str = r"
  (OUT => {
    const tried = {}, violations = [];
    addEventListener('securitypolicyviolation', event => violations.push(event.effectiveDirective));
    const settle = (name, promise) => promise.then(() => tried[name] = 'went out', () => tried[name] = 'refused');
    settle('fetch', fetch(OUT + '/fetch', { mode: 'no-cors' }));
    settle('image', new Promise((good, bad) => Object.assign(new Image, { onload: good, onerror: bad, src: OUT + '/image' })));
    settle('script', new Promise((good, bad) => document.head.append(Object.assign(document.createElement('script'), { onload: good, onerror: bad, src: OUT + '/script' }))));
    settle('inline', new Promise((good, bad) => {
      const script = Object.assign(document.createElement('script'), { textContent: 'window.ranInline = true' });
      document.head.append(script);
      window.ranInline ? good() : bad();
    }));
    settle('socket', new Promise((good, bad) => { const s = new WebSocket(OUT.replace('http', 'ws')); s.onopen = good; s.onerror = bad; }));
    settle('worker', new Promise((good, bad) => {
      const source = `fetch('${OUT}/worker', { mode: 'no-cors' }).then(() => postMessage('out'), () => postMessage('refused'))`;
      const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
      worker.onmessage = event => event.data === 'out' ? good() : bad();
      worker.onerror = bad;
    }));
    const form = Object.assign(document.createElement('form'), { action: OUT + '/form', method: 'post' });
    document.body.append(form);
    form.submit();
    window.attempts = { tried, violations };
    return true;
  })
";

#[test]
fn the_browser_refuses_every_way_out() {
    // A host that would gladly take what it is sent.
    let thief = TcpListener::bind("127.0.0.1:0").unwrap();
    let out = format!("http://{}", thief.local_addr().unwrap());
    let taken = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&taken);
    thread::spawn(move || {
        for mut stream in thief.incoming().flatten() {
            let count = Arc::clone(&count);
            thread::spawn(move || {
                count.fetch_add(io::copy(&mut stream, &mut io::sink()).unwrap_or(0), Ordering::Relaxed)
            });
        }
    });

    let record = visit_with_attempts(async move |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/manual-example")]).await?;
        page.say(&format!("({ATTEMPTS})('{out}')")).await?;
        page.until("Object.keys(window.attempts.tried).length === 6").await?;
        let attempts = page.say("window.attempts").await?;
        for name in ["fetch", "image", "script", "inline", "socket", "worker"] {
            assert_eq!(attempts["tried"][name], "refused", "{attempts:#}");
        }
        page.until("window.attempts.violations.includes('form-action')").await?;
        let violations = page.say("window.attempts.violations").await?;
        for directive in ["connect-src", "img-src", "script-src-elem", "form-action"] {
            assert!(
                violations.as_array().unwrap().contains(&directive.into()),
                "{directive} is not in {violations}"
            );
        }
        Ok(())
    });
    let sent: Vec<_> = record.elsewhere.iter().filter(|asked| asked.kind == Kind::Request).collect();
    assert!(sent.is_empty(), "{sent:#?}");
    assert_eq!(taken.load(Ordering::Relaxed), 0, "somebody was sent bytes");
    assert!(!record.console.is_empty(), "the refusals stand in the console");
}

#[test]
fn the_policy_stands_in_the_page_itself() {
    let html = std::fs::read_to_string(graphkeep_tests::page::site().join("index.html")).unwrap();
    let policy = html.split("http-equiv=\"Content-Security-Policy\" content=\"").nth(1);
    let policy = policy.and_then(|rest| rest.split('"').next()).expect("the built page has a policy");
    assert!(html.find("Content-Security-Policy") < html.find("<script"), "it stands before the first script");
    assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self'"), "{policy}");
    assert!(!policy.replace("'wasm-unsafe-eval'", "").contains("unsafe"), "{policy}");
    assert!(!policy.contains('*') && !policy.contains("http"), "{policy}");

    let readme = include_str!("../../../README.md");
    let header = readme.split("Content-Security-Policy \"").nth(1).and_then(|rest| rest.split('"').next());
    let header = header.expect("the README says which header a host may set");
    assert_eq!(
        header,
        format!("{policy}; frame-ancestors 'none'"),
        "the README's header is the page's policy"
    );
}
