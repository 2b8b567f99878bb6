"""Can what is deployed really fail over? One module per part of the picture; each looks and changes nothing."""
