CREATE TABLE addresses (
    id BINARY(16) NOT NULL PRIMARY KEY,
    customer_id BINARY(16) NOT NULL,
    name VARCHAR(120) NOT NULL,
    line1 VARCHAR(120) NOT NULL,
    line2 VARCHAR(120) NULL,
    city VARCHAR(80) NOT NULL,
    region VARCHAR(80) NULL,
    postal_code VARCHAR(16) NOT NULL,
    country_code CHAR(2) NOT NULL,
    phone VARCHAR(32) NULL,
    KEY addresses_customer (customer_id, id),
    CONSTRAINT addresses_of_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
