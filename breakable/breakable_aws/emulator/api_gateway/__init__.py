"""API Gateway: custom domain names and the APIs behind them."""
