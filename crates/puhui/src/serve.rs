//! `puhui serve`: the doors and the worker, until somebody says stop.

use std::net::SocketAddr;

use app::App;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::Stop;
use crate::config::{Place, Settled};

/// Serve the books.
///
/// Prints the address on one line once it is ready. Ctrl-C or SIGTERM finishes what was accepted and stops.
/// `PUHUI_PUBLIC_URL` is the address that people reach it at, which letters link.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "PUHUI_LISTEN")]
    listen: Option<String>,
}

pub(crate) async fn run(args: Args) -> Result<(), Stop> {
    let settled = args.place.settle()?;
    let app = settled.open().await?;
    let listen = args.listen.or_else(|| settled.file.listen.clone());
    serve(app, &settled, listen, Vec::new(), |address| println!("{address}")).await
}

/// Serves until stopped. `ready` is told the address.
pub(crate) async fn serve(
    app: App,
    settled: &Settled,
    listen: Option<String>,
    demo: Vec<web::DemoLogin>,
    ready: impl FnOnce(&str),
) -> Result<(), Stop> {
    let listen = listen.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(&listen)
        .await
        .map_err(|e| Stop::new(format!("cannot listen on {listen}: {e}")))?;
    let address = format!("http://{}", listener.local_addr()?);
    let (stop, mut stopped) = watch::channel(false);
    let mut worker_stop = stopped.clone();
    let worker_app = app.clone();
    let worker = tokio::spawn(async move {
        worker_app
            .work(async move {
                let _ = worker_stop.changed().await;
            })
            .await;
    });
    let mut boards_stop = stopped.clone();
    let boards_app = app.clone();
    let boards = tokio::spawn(async move {
        boards_app
            .keep_boards(async move {
                let _ = boards_stop.changed().await;
            })
            .await;
    });
    let streams = web::Streams::new(settled.limits().streams, stopped.clone());
    tokio::spawn(async move {
        signalled().await;
        let _ = stop.send(true);
    });
    let router = web::router(web::State {
        app: app.clone(),
        limits: settled.limits(),
        demo,
        // browsers know this machine by a name only
        site: app::Site::of(&settled.public_url(&address).replace("127.0.0.1", "localhost")),
        public_url: settled.public_url(&address),
        trusted_proxy: settled.file.trusted_proxy,
        streams,
    });
    ready(&address);
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            let _ = stopped.changed().await;
        })
        .await?;
    worker.await?;
    boards.await?;
    app.close().await;
    Ok(())
}

async fn signalled() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
