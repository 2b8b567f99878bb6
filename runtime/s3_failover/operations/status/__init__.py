"""How is a site now? One module per part of the picture: each looks, changes nothing, and says what it cannot see."""
