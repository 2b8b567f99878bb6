from breakable_aws.emulator.cloudformation.property_guard import problems, unhonoured


def test_a_property_that_is_not_honoured_is_named():
    assert list(problems("AWS::S3::Bucket", {"BucketName": "b", "AccelerateConfiguration": {}})) == [
        "AWS::S3::Bucket property AccelerateConfiguration is not supported by the embedded AWS; "
        "remove it, or test this part on AWS"
    ]


def test_a_property_deep_inside_is_named_by_its_path():
    rule = {"Id": "r", "Status": "Enabled", "Transitions": [{"StorageClass": "GLACIER"}]}
    (problem,) = problems("AWS::S3::Bucket", {"LifecycleConfiguration": {"Rules": [rule]}})
    assert "AWS::S3::Bucket property LifecycleConfiguration.Rules.Transitions is not" in problem


def test_a_resource_type_that_is_not_supported_is_named():
    assert "AWS::EC2::Instance" in next(problems("AWS::EC2::Instance", {}))


def test_custom_resources_are_welcome():
    assert not list(problems("Custom::Anything", {"Whatever": 1}))
    assert not list(problems("AWS::CloudFormation::CustomResource", {"ServiceToken": "x"}))


def test_anything_goes_below_a_document():
    assert not list(unhonoured({"PolicyDocument": None}, {"PolicyDocument": {"Statement": [{"Effect": "Allow"}]}}))
