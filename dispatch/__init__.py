"""Letters go out: work orders to dispatchers, answers to shippers, notices; each written once, sent until accepted."""
