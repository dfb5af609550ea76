-- Messages to customers: the feed, and the mail to send. No address lies here: it is asked for when mail is sent.
CREATE TABLE notifications (
    id BINARY(16) NOT NULL PRIMARY KEY,
    order_id BINARY(16) NOT NULL,
    customer_id BINARY(16) NULL,
    kind VARCHAR(32) NOT NULL,
    subject VARCHAR(200) NOT NULL,
    body TEXT NOT NULL,
    created_at DATETIME(6) NOT NULL,
    mail_state VARCHAR(16) NOT NULL,
    mail_attempts INT NOT NULL DEFAULT 0,
    mail_next_at DATETIME(6) NOT NULL,
    UNIQUE KEY notifications_once (order_id, kind),
    KEY notifications_feed (customer_id, created_at, id),
    KEY notifications_mail (mail_state, mail_next_at),
    CONSTRAINT notifications_mail_state CHECK (mail_state IN ('PENDING', 'SENT', 'GIVEN_UP'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
