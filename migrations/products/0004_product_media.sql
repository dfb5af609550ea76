CREATE TABLE product_media (
    product_id BINARY(16) NOT NULL,
    position SMALLINT NOT NULL,
    url VARCHAR(500) NOT NULL,
    alt VARCHAR(200) NOT NULL,
    PRIMARY KEY (product_id, position),
    CONSTRAINT product_media_product FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
