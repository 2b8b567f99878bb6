from breakable_aws.emulator.xml_documents import document, parsed


def test_a_document_is_read_without_its_namespace():
    written = document("List", "http://example.com/doc/", {"Items": [{"Id": "a"}, {"Id": "b"}]}, {"Items": "Item"})
    read = parsed(written)
    assert read.tag == "List"
    assert [each.text for each in read.iterfind("Items/Item/Id")] == ["a", "b"]
