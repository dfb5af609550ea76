//! Where mail leaves: an SMTP server, or a folder in development.

use std::path::PathBuf;

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use secrecy::ExposeSecret as _;
use souk_process::ready::write_whole;

use crate::{
    clients::Contact,
    config::{Config, MailTarget},
    store::NotificationRow,
};

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("SOUK_MAIL_FROM is not a mailbox like `Souk <orders@souk.example>`: {0}")]
    From(#[source] lettre::address::AddressError),
    #[error("SOUK_SMTP_URL cannot be used: {0}")]
    Url(#[source] lettre::transport::smtp::Error),
    #[error("the mailbox folder {folder} cannot be written: {source}")]
    Folder { folder: PathBuf, source: std::io::Error },
    #[error("the address cannot be written to: {0}")]
    To(#[source] lettre::address::AddressError),
    #[error("the message cannot be made: {0}")]
    Message(#[from] lettre::error::Error),
    /// Without the server's own words: they repeat the address.
    #[error("the mail server refused or is away{}", code(.0))]
    Smtp(#[source] lettre::transport::smtp::Error),
}

fn code(error: &lettre::transport::smtp::Error) -> String {
    error.status().map(|code| format!(" (SMTP {code})")).unwrap_or_default()
}

impl MailError {
    /// Trying again cannot help: the address or the message itself is the fault.
    pub fn is_final(&self) -> bool {
        match self {
            Self::To(_) | Self::Message(_) => true,
            Self::Smtp(error) => error.is_permanent(),
            Self::From(_) | Self::Url(_) | Self::Folder { .. } => false,
        }
    }
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

pub struct Outbound {
    way: Way,
    from: Mailbox,
}

impl Outbound {
    /// # Errors
    /// A sender, server URL or folder that cannot be used.
    pub fn new(config: &Config) -> Result<Self, MailError> {
        let from = config.mail_from.parse().map_err(MailError::From)?;
        let way = match &config.mail {
            MailTarget::Smtp(url) => {
                let transport =
                    AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret()).map_err(MailError::Url)?;
                Way::Smtp(transport.build())
            }
            MailTarget::Mailbox(folder) => {
                let fault = |source| MailError::Folder { folder: folder.clone(), source };
                std::fs::create_dir_all(folder).map_err(fault)?;
                Way::Folder(folder.clone())
            }
        };
        Ok(Self { way, from })
    }

    /// Sends one message. Its Message-ID is the notification's id, so a second copy can be told as one.
    ///
    /// # Errors
    /// [`MailError`].
    pub async fn send(&self, row: &NotificationRow, to: &Contact) -> Result<(), MailError> {
        let address = to.email.parse().map_err(MailError::To)?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(to.name.clone()), address))
            .subject(row.subject.as_str())
            .message_id(Some(format!("<{}@{}>", row.id, self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(text(row, to))?;
        match &self.way {
            Way::Smtp(transport) => transport.send(message).await.map(|_| ()).map_err(MailError::Smtp),
            Way::Folder(folder) => {
                let path = folder.join(format!("{}.eml", row.id));
                write_whole(&path, &message.formatted())
                    .map_err(|source| MailError::Folder { folder: folder.clone(), source })
            }
        }
    }
}

fn text(row: &NotificationRow, to: &Contact) -> String {
    let tracking =
        to.tracking_number.as_deref().map(|number| format!("\n\nTracking number: {number}")).unwrap_or_default();
    format!("Dear {},\n\n{}{tracking}\n\nYour Souk\n", to.name, row.body)
}
