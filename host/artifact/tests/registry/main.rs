//! Registries from outside: Debian's `docker-registry` where it is installed, behind a connection that breaks where the
//! tests want it, and a hostile one that is made up.

#![cfg(test)]

mod fake;
mod hostile;
mod image;
mod line;
mod real;
mod server;
mod tls;
