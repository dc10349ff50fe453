//! How a server's operators' door is reached: its address, what is shown there, and whom to believe.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::remote::ServerAddress;

/// A server, in the place of a state folder.
#[derive(Clone, Debug, Default, Args)]
pub struct RemoteArguments {
    /// The server, by its operators' address: `https://pdp.example.com:8182`, `http://127.0.0.1:8182`, `unix:/run/lictor/admin.sock`
    #[arg(long, value_name = "URL")]
    pub server: Option<ServerAddress>,

    /// The file of the token that is shown to the server, or `-` for standard input [default: the environment variable `LICTOR_TOKEN`]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Server", requires = "server", conflicts_with = "state")]
    pub token_file: Option<PathBuf>,

    /// Certificates of PEM that vouch for the server, besides those that the system believes
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Server", requires = "server", conflicts_with = "state")]
    pub server_ca: Option<PathBuf>,

    /// The certificate that is shown to the server, in the place of a token
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Server", requires_all = ["server", "client_key"], conflicts_with = "state")]
    pub client_certificate: Option<PathBuf>,

    /// Its private key
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Server", requires = "client_certificate")]
    pub client_key: Option<PathBuf>,
}
